import { useWords } from "../../model/words";
import { Table } from "../../ui/Table";
import { useExceptionColumns } from "../exceptions/columns";
import type { ExceptionRow } from "../exceptions/model";
import { partnersWords } from "./words";

interface OpenTableProps {
  label: string;
  pages: Parameters<typeof Table<ExceptionRow>>[0]["pages"];
}

/** Exceptions about partners, each with a way to what it is about. */
export function OpenTable({ label, pages }: OpenTableProps) {
  const say = useWords(partnersWords);
  return (
    <Table
      label={label}
      columns={useExceptionColumns()}
      pages={pages}
      rowKey={(row) => row.key}
      empty={say("breachesEmpty")}
    />
  );
}
