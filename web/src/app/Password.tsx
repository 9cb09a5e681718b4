import { Modal } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { api, asked } from "../api/client";
import { useWords } from "../model/words";
import { Form } from "../ui/Form";
import { appWords } from "./words";

interface PasswordProps {
  isOpen: boolean;
  close: () => void;
}

/** One's own password, changed by whoever knows the one until now. */
export function Password({ isOpen, close }: PasswordProps) {
  const say = useWords(appWords);
  const done = () => {
    close();
    notifications.show({ message: say("passwordChanged") });
  };
  return (
    <Modal opened={isOpen} onClose={close} title={say("changePassword")}>
      <Form
        fields={[
          {
            name: "current",
            label: say("passwordNow"),
            type: "password",
            isRequired: true,
            autoComplete: "current-password",
          },
          {
            name: "new",
            label: say("passwordNew"),
            hint: say("passwordHint"),
            type: "password",
            isRequired: true,
            autoComplete: "new-password",
          },
        ]}
        submit={say("changePassword")}
        send={({ current = "", new: fresh = "" }) =>
          asked(api.PUT("/v1/me/password", { body: { current, new: fresh } }))
        }
        done={done}
        cancel={close}
      />
    </Modal>
  );
}
