import { Button, Modal } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { api, asked, type Shapes } from "../../../api/client";
import { useWish } from "../../../model/wish";
import { useWords } from "../../../model/words";
import { Form } from "../../../ui/Form";
import { COUNT_KEYS } from "./model";
import { listWords } from "./words";

/** Write down what was counted of a line, for whoever has walked there with paper and pencil. */
export function WriteDown({ line }: { line: Shapes["Line"] }) {
  const say = useWords(listWords);
  const queries = useQueryClient();
  const wish = useWish("reading");
  const [isOpen, open] = useState(false);
  // The instant is kept with its reading: sent again after silence it is the same, else another.
  const counted = useRef({ reading: "", at: "" });
  const send = (quantity: number) =>
    wish(async (reading) => {
      if (counted.current.reading !== reading) {
        counted.current = { reading, at: (await asked(api.GET("/v1/clock"))).at };
      }
      return asked(
        api.PUT("/v1/count-tasks/{task}/readings/{reading}", {
          params: { path: { task: line.task, reading } },
          body: {
            sku: line.sku,
            quantity,
            counted_at: counted.current.at,
            round: line.round,
          } as Shapes["ReadingBody"],
        }),
      );
    }, String(quantity));
  const done = () => {
    open(false);
    for (const queryKey of COUNT_KEYS) queries.invalidateQueries({ queryKey });
  };
  return (
    <>
      <Button size="compact-xs" variant="default" onClick={() => open(true)}>
        {say("writeDown")}
      </Button>
      <Modal
        opened={isOpen}
        onClose={() => open(false)}
        title={say("writeDownTitle", { sku: line.sku })}
      >
        <Form
          fields={[
            {
              name: "quantity",
              label: say("countedUnits"),
              hint: say("countedUnitsHint"),
              type: "number",
              isRequired: true,
            },
          ]}
          submit={say("writeDown")}
          send={({ quantity }) => send(Number(quantity))}
          done={done}
          cancel={() => open(false)}
        />
      </Modal>
    </>
  );
}
