import { Button, Modal } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { Link } from "react-router";
import { api, asked, type Shapes } from "../../api/client";
import { useMe } from "../../app/me";
import { useFormat } from "../../model/format";
import { mayNetwork } from "../../model/reach";
import { useWords } from "../../model/words";
import { useFocusAfter } from "../../ui/focus";
import { Failure, Panel } from "../../ui/Panel";
import { PAGE_ROWS, usePages } from "../../ui/pages";
import { Badge, type Meaning } from "../../ui/parts";
import { type Column, Table } from "../../ui/Table";
import { placeOf } from "./model";
import { firstHourWords } from "./words";

type Check = Shapes["Check"];

const MEANING: Readonly<Record<Check["weight"], Meaning>> = {
  stops: "late",
  bends: "soon",
  slows: "plain",
};

const CHECKS = ["first-hour", "checks"];

/** What is doubtful in what was brought, what to put right first, and how right the book may be. */
export function Audit() {
  const say = useWords(firstHourWords);
  const checked = useQuery({
    queryKey: CHECKS,
    queryFn: () => asked(api.GET("/v1/first-hour/checks")),
    staleTime: 60_000,
  });
  const [shown, show] = useState<Check | null>(null);
  return (
    <div id="audit" className="stack">
      <Panel
        title={say("audit")}
        side={checked.data && <Checked at={checked.data.at} />}
        query={checked}
        lines={8}
      >
        {(found) => (
          <>
            <p className="hint">{say("auditAnswer")}</p>
            <ul className="checks">
              {found.checks
                .filter((one) => one.found > 0)
                .map((one) => (
                  <OneCheck key={one.check} check={one} show={() => show(one)} />
                ))}
            </ul>
            <InOrder checks={found.checks.filter((one) => one.found === 0)} />
          </>
        )}
      </Panel>
      <Panel
        title={say("rightBook")}
        query={checked}
        lines={2}
        side={<Link to="/stock/all/counts">{say("toCounts")}</Link>}
        empty={(found) => found.accuracy === null && say("guessNone")}
      >
        {(found) => found.accuracy && <Guessed guess={found.accuracy} />}
      </Panel>
      <Modal
        opened={shown !== null}
        onClose={() => show(null)}
        size="xl"
        title={shown && say("findings", { asks: shown.asks })}
      >
        {shown && <Findings check={shown} />}
      </Modal>
    </div>
  );
}

/** Of when the findings are; whoever has mended something has all of it asked anew. */
function Checked({ at }: { at: string }) {
  const say = useWords(firstHourWords);
  const format = useFormat();
  const client = useQueryClient();
  const anew = useMutation({
    mutationFn: () =>
      asked(api.GET("/v1/first-hour/checks", { headers: { "Cache-Control": "no-cache" } })),
    onSuccess: (found) => client.setQueryData(CHECKS, found),
  });
  const button = useRef<HTMLButtonElement>(null);
  useFocusAfter(anew.isPending, button);
  return (
    <span className="checked">
      <span className="hint" role="status">
        {say("checkedAt", { at: format.moment(at) })}
      </span>
      <Button
        ref={button}
        size="compact-xs"
        variant="default"
        loading={anew.isPending}
        onClick={() => anew.mutate()}
      >
        {say("checkAgain")}
      </Button>
      {anew.error && <Failure error={anew.error} />}
    </span>
  );
}

/** What was asked and found nothing, one click away. */
function InOrder({ checks }: { checks: readonly Check[] }) {
  const say = useWords(firstHourWords);
  if (checks.length === 0) return null;
  return (
    <details className="as-table">
      <summary>{say("fine", { count: checks.length })}</summary>
      <ul className="checks">
        {checks.map((one) => (
          <li key={one.check} className="hint">
            {one.asks}
          </li>
        ))}
      </ul>
    </details>
  );
}

function OneCheck({ check, show }: { check: Check; show: () => void }) {
  const say = useWords(firstHourWords);
  const format = useFormat();
  return (
    <li>
      <div>
        <Badge meaning={MEANING[check.weight]}>{say(check.weight)}</Badge> <b>{check.asks}</b>{" "}
        <span className="hint">
          {say("found", { found: format.number(check.found), of: format.number(check.of) })}
        </span>
        <p>
          {check.why} {check.do}
        </p>
      </div>
      <Button size="compact-xs" variant="default" onClick={show}>
        {say("show")}
        <span className="unseen">: {check.asks}</span>
      </Button>
    </li>
  );
}

function Guessed({ guess }: { guess: Shapes["Guess"] }) {
  const say = useWords(firstHourWords);
  const format = useFormat();
  return (
    <>
      <p className="big">
        {say("guess", {
          share: format.percent(guess.estimate),
          lower: format.percent(guess.lower),
          upper: format.percent(guess.upper),
        })}
      </p>
      <p className="hint">
        {say(`by_${guess.basis}`)} · {say("tried", { records: format.number(guess.tried) })}
      </p>
    </>
  );
}

function Findings({ check }: { check: Check }) {
  const say = useWords(firstHourWords);
  const format = useFormat();
  const { reach } = useMe();
  const pages = usePages<Shapes["WelcomeFinding"]>(
    ["first-hour", "findings", check.check],
    (cursor) =>
      asked(
        api.GET("/v1/first-hour/checks/{check}/findings", {
          params: { path: { check: check.check }, query: { cursor, limit: PAGE_ROWS } },
        }),
      ),
  );
  const hasUnits = pages.data?.pages.some(({ items }) => items.some(({ units }) => units !== null));
  const how: Column<Shapes["WelcomeFinding"]> = {
    key: "how",
    head: say("how"),
    isNumber: true,
    cell: (row) => (row.units === null ? "" : format.number(row.units)),
  };
  const columns: Column<Shapes["WelcomeFinding"]>[] = [
    {
      key: "what",
      head: say("what"),
      cell: (row) => {
        const to = placeOf(check.subject, row, mayNetwork(reach));
        const name = [row.sku, row.node].filter(Boolean).join(" · ") || row.key;
        return to ? <Link to={to}>{name}</Link> : name;
      },
    },
    ...(hasUnits ? [how] : []),
    { key: "said", head: say("said"), cell: (row) => row.words },
  ];
  return (
    <Table
      label={check.asks}
      columns={columns}
      pages={pages}
      rowKey={(row) => row.key}
      empty={say("findingsEmpty")}
    />
  );
}
