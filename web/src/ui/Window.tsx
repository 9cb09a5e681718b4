import { Modal } from "@mantine/core";
import type { ReactNode } from "react";
import { useFocusBack } from "./focus";

interface WindowProps {
  title: string;
  close: () => void;
  size?: string;
  children: ReactNode;
}

/** A window that is there only while it is open; the focus is then where it was opened from. */
export function Window({ title, close, size, children }: WindowProps) {
  useFocusBack();
  return (
    <Modal opened onClose={close} title={title} size={size} returnFocus={false}>
      {children}
    </Modal>
  );
}
