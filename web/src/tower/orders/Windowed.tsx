import { Button, Modal } from "@mantine/core";
import { type ReactNode, useState } from "react";

interface WindowedProps {
  label: string;
  title: string;
  size?: string;
  children: (close: () => void) => ReactNode;
}

/** A button that opens a window; what is in it is there only while it is open. */
export function Windowed({ label, title, size, children }: WindowedProps) {
  const [isOpen, open] = useState(false);
  const close = () => open(false);
  return (
    <>
      <Button size="xs" variant="default" onClick={() => open(true)}>
        {label}
      </Button>
      <Modal opened={isOpen} onClose={close} title={title} size={size}>
        {children(close)}
      </Modal>
    </>
  );
}
