import { Button, Checkbox } from "@mantine/core";
import type { InfiniteData, UseInfiniteQueryResult } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import {
  type FocusEvent,
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
  useEffect,
  useRef,
} from "react";
import { useNavigate } from "react-router";
import { useFormat } from "../model/format";
import { useWords } from "../model/words";
import { staying, useHidden } from "./columns";
import { Failure, Loading } from "./Panel";
import { uiWords } from "./words";

export interface Column<Row> {
  key: string;
  head: string;
  /** Numbers stand right; units are in the head. */
  isNumber?: boolean;
  cell: (row: Row) => ReactNode;
  width?: string;
  /** On a narrow screen it takes the whole width: long names, several buttons. */
  isWide?: boolean;
}

export interface Page<Row> {
  items: readonly Row[];
  next?: string | null;
}

interface TableProps<Row> {
  /** Its name among all lists: with one, its reader chooses its columns, and they are kept. */
  list?: string;
  label: string;
  columns: readonly Column<Row>[];
  pages: UseInfiniteQueryResult<InfiniteData<Page<Row>>>;
  rowKey: (row: Row) => string;
  /** What its tick box is called, for who does not see the row. */
  rowName?: (row: Row) => string;
  /** Where a row leads: Enter and a click go there. */
  to?: (row: Row) => string;
  empty: ReactNode;
  /** What is said where the pages end, if that is not all there is. */
  end?: string;
  chosen?: ReadonlySet<string>;
  choose?: (keys: ReadonlySet<string>) => void;
}

const ROW_PX = 44;

/** A list of the server's, page by page: only the rows on the screen are in the page. */
export function Table<Row>(props: TableProps<Row>) {
  const { pages, empty } = props;
  if (pages.error && !pages.data) {
    return <Failure error={pages.error} retry={() => pages.refetch()} />;
  }
  if (!pages.data) return <Loading lines={8} />;
  const rows = pages.data.pages.flatMap((page) => page.items);
  if (rows.length === 0) return <div className="empty">{empty}</div>;
  return <Rows {...props} rows={rows} />;
}

function Rows<Row>({ rows, ...props }: TableProps<Row> & { rows: readonly Row[] }) {
  const { list, label, pages, rowKey, rowName = rowKey, to, chosen, choose, end } = props;
  const { hidden, toggle: leaveOut } = useHidden(list);
  const columns = staying(props.columns, hidden);
  const frame = useRef<HTMLDivElement>(null);
  const say = useWords(uiWords);
  const format = useFormat();
  const navigate = useNavigate();
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
    initialRect: { width: 800, height: 640 },
    measureElement: (element) => element.getBoundingClientRect().height,
  });
  const kept = useKeptFocus(frame, rows);
  const shown = virtual.getVirtualItems();
  const above = shown[0]?.start ?? 0;
  const below = virtual.getTotalSize() - (shown.at(-1)?.end ?? 0);
  const toggle = (key: string) => {
    const now = new Set(chosen);
    if (!now.delete(key)) now.add(key);
    choose?.(now);
  };

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    <section className="table-frame" ref={frame} tabIndex={0} aria-label={label}>
      <table className="table" onKeyDown={moveFocus} {...kept}>
        <thead>
          <tr>
            {choose && (
              <th className="tick">
                <Checkbox
                  size="xs"
                  aria-label={say("choose")}
                  checked={rows.length > 0 && rows.every((row) => chosen?.has(rowKey(row)))}
                  onChange={(event) =>
                    choose(event.currentTarget.checked ? new Set(rows.map(rowKey)) : new Set())
                  }
                />
              </th>
            )}
            {columns.map((column) => (
              <th key={column.key} scope="col" className={column.isNumber ? "number" : undefined}>
                {column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Spacer height={above} />
          {shown.map(({ index }) => {
            const row = rows[index] as Row;
            const key = rowKey(row);
            return (
              <tr
                key={key}
                data-index={index}
                ref={virtual.measureElement}
                tabIndex={to ? 0 : undefined}
                className={to ? "leads" : undefined}
                onClick={(event) => to && !isControl(event.target) && navigate(to(row))}
                onKeyDown={(event) =>
                  event.key === "Enter" &&
                  event.target === event.currentTarget &&
                  to &&
                  navigate(to(row))
                }
              >
                {choose && (
                  <td className="tick">
                    <Checkbox
                      size="xs"
                      aria-label={rowName(row)}
                      checked={chosen?.has(key) ?? false}
                      onChange={() => toggle(key)}
                    />
                  </td>
                )}
                {columns.map((column) => (
                  <td key={column.key} data-head={column.head} className={classOf(column)}>
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
            );
          })}
          <Spacer height={below} />
        </tbody>
      </table>
      <footer className="table-foot">
        {pages.error && <Failure error={pages.error} retry={() => pages.fetchNextPage()} />}
        {pages.hasNextPage ? (
          <Button
            variant="default"
            size="xs"
            loading={pages.isFetchingNextPage}
            onClick={() => pages.fetchNextPage()}
          >
            {say("more")}
          </Button>
        ) : (
          <span className="hint">
            {say("end", { count: rows.length, shown: format.number(rows.length) })}{" "}
            {end ?? say("all", { count: rows.length })}
          </span>
        )}
        {list && <Columns columns={props.columns} hidden={hidden} toggle={leaveOut} />}
      </footer>
    </section>
  );
}

/**
 * A row that is done leaves the list, and the focus that was in it would be lost with it: the row
 * that takes its place has it then, or the list itself.
 */
function useKeptFocus(frame: RefObject<HTMLElement | null>, rows: readonly unknown[]) {
  const place = useRef<number | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked whenever other rows are there
  useEffect(() => {
    if (place.current === null || document.activeElement !== document.body) return;
    const index = Math.min(place.current, rows.length - 1);
    const row = frame.current?.querySelector<HTMLElement>(`tr[data-index="${index}"]`);
    const first = row?.querySelector<HTMLElement>("a, button, input");
    const next = row && row.tabIndex >= 0 ? row : (first ?? frame.current);
    next?.focus();
  }, [rows]);
  const onFocus = ({ target }: FocusEvent) => {
    // A window or a menu that was opened from a row is of it.
    if (!frame.current?.contains(target)) return;
    const row = target.closest<HTMLElement>("tr[data-index]");
    place.current = row ? Number(row.dataset.index) : null;
  };
  // Whoever went elsewhere by themselves stays there.
  const onBlur = ({ relatedTarget }: FocusEvent) => {
    if (!relatedTarget?.closest('[role="dialog"], [role="menu"]')) place.current = null;
  };
  return { onFocus, onBlur };
}

interface ColumnsProps {
  columns: readonly { key: string; head: string }[];
  hidden: readonly string[];
  toggle: (key: string) => void;
}

/** Which columns its reader wants to see; the first one stays. */
function Columns({ columns, hidden, toggle }: ColumnsProps) {
  const say = useWords(uiWords);
  return (
    <details className="columns">
      <summary>{say("columns")}</summary>
      <fieldset>
        <legend className="unseen">{say("columns")}</legend>
        {columns.slice(1).map(({ key, head }) => (
          <Checkbox
            key={key}
            size="xs"
            label={head || key}
            checked={!hidden.includes(key)}
            onChange={() => toggle(key)}
          />
        ))}
      </fieldset>
    </details>
  );
}

function classOf({ isNumber, isWide }: { isNumber?: boolean; isWide?: boolean }) {
  return [isNumber && "number", isWide && "wide"].filter(Boolean).join(" ") || undefined;
}

function Spacer({ height }: { height: number }) {
  return height > 0 ? (
    <tr className="spacer">
      <td style={{ height }} />
    </tr>
  ) : null;
}

function isControl(target: EventTarget): boolean {
  return target instanceof Element && target.closest("a, button, input, label") !== null;
}

/** Arrows go from row to row. */
function moveFocus(event: KeyboardEvent<HTMLTableElement>) {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const row = (event.target as Element).closest("tr");
  let next = event.key === "ArrowDown" ? row?.nextElementSibling : row?.previousElementSibling;
  if (next?.classList.contains("spacer")) next = null;
  if (next instanceof HTMLElement) {
    event.preventDefault();
    next.focus();
  }
}
