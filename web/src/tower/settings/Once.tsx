import { Button, CopyButton, Group, Modal } from "@mantine/core";
import { useWords } from "../../model/words";
import { settingsWords } from "./words";

interface OnceProps {
  /** Null: there is nothing to show. It is held by the page that asked for it, and nowhere else. */
  secret: string | null;
  label: string;
  forget: () => void;
}

/** A secret is shown this once; when it is closed, nothing here knows it any more. */
export function Once({ secret, label, forget }: OnceProps) {
  const say = useWords(settingsWords);
  return (
    <Modal
      opened={secret !== null}
      onClose={forget}
      closeOnClickOutside={false}
      closeOnEscape={false}
      withCloseButton={false}
      title={say("onceTitle")}
      size="lg"
      transitionProps={{ duration: 0 }}
    >
      <p>{say("onceText")}</p>
      <section className="once" aria-label={label}>
        <code>{secret}</code>
      </section>
      <Group justify="flex-end" mt="md">
        <CopyButton value={secret ?? ""}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy}>
              {say(copied ? "copied" : "copy")}
            </Button>
          )}
        </CopyButton>
        <Button onClick={forget}>{say("onceDone")}</Button>
      </Group>
    </Modal>
  );
}
