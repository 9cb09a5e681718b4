import { Button, Group, Textarea, TextInput } from "@mantine/core";
import { type FormEvent, type ReactNode, useState } from "react";
import { Problem } from "../api/client";
import { useWords } from "../model/words";
import { Failure } from "./Panel";
import { uiWords } from "./words";

export interface Field {
  /** The pointer of the API for it, without its slash: refusals are shown at their field. */
  name: string;
  label: string;
  type?: "text" | "email" | "password" | "date" | "number" | "datetime-local" | "long";
  value?: string;
  isRequired?: boolean;
  hint?: string;
  autoComplete?: string;
}

interface FormProps {
  fields: readonly Field[];
  submit: string;
  send: (values: Record<string, string>) => Promise<unknown>;
  done?: () => void;
  cancel?: () => void;
  children?: ReactNode;
}

/** A form whose refusals stand at their fields; what belongs to none stands above them. */
export function Form({ fields, submit, send, done, cancel, children }: FormProps) {
  const say = useWords(uiWords);
  const [error, setError] = useState<unknown>(null);
  const [isSending, setSending] = useState(false);
  const faults = error instanceof Problem ? error.faults : [];
  const faultOf = (name: string) => faults.find((one) => isAt(one.pointer, name))?.message;
  const isPlaced = faults.length > 0 && fields.some((field) => faultOf(field.name));

  const onSubmit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    setSending(true);
    setError(null);
    try {
      await send(
        Object.fromEntries(fields.map(({ name }) => [name, String(given.get(name) ?? "")])),
      );
      done?.();
    } catch (problem) {
      setError(problem);
    } finally {
      setSending(false);
    }
  };

  return (
    <form className="form" onSubmit={onSubmit}>
      {error !== null && !isPlaced && <Failure error={error} />}
      {fields.map(({ name, label, type = "text", value, isRequired, hint, autoComplete }) => {
        const shared = {
          name,
          label,
          description: hint,
          defaultValue: value,
          required: isRequired,
          withAsterisk: false,
          error: faultOf(name),
        };
        return type === "long" ? (
          <Textarea key={name} {...shared} autosize minRows={2} />
        ) : (
          <TextInput key={name} {...shared} type={type} autoComplete={autoComplete} />
        );
      })}
      {children}
      <Group justify="flex-end">
        {cancel && (
          <Button variant="default" onClick={cancel}>
            {say("cancel")}
          </Button>
        )}
        <Button type="submit" loading={isSending}>
          {submit}
        </Button>
      </Group>
    </form>
  );
}

/** Whether a pointer means this field, or something inside it: `/grants/0/nodes` is of `grants`. */
export function isAt(pointer: string, name: string): boolean {
  const steps = pointer.split("/");
  return steps[1] === name || steps.at(-1) === name;
}
