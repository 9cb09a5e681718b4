import { useFormat } from "../../model/format";
import { useWords } from "../../model/words";
import { Sparkline, shareEnds } from "../../ui/Sparkline";
import { meaningOfChange, shareOf, type Turnout, weeklyShares } from "./model";
import { partnersWords } from "./words";

interface ShareProps {
  share: number | null | undefined;
  change?: number | null;
  isMoreBetter: boolean;
}

/** A share and, below it, by how many points it differs from the time before. */
export function Share({ share, change, isMoreBetter }: ShareProps) {
  const format = useFormat();
  return (
    <span className="two-lines">
      {format.percent(share)}
      <Change change={change} isMoreBetter={isMoreBetter} />
    </span>
  );
}

export function Change({ change, isMoreBetter }: Omit<ShareProps, "share">) {
  const say = useWords(partnersWords);
  const format = useFormat();
  if (change === null || change === undefined) return null;
  const points = Math.round(change * 1000) / 10;
  const value = `${points > 0 ? "+" : ""}${format.number(points)}`;
  return (
    <span className={`hint ${meaningOfChange(change, isMoreBetter)}`}>
      {say("points", { value })}
    </span>
  );
}

/** The good share of one topic of a carrier, a lane or a store. */
export function TopicShare({ of, topic }: { of: Turnout; topic: string }) {
  const { share, change } = shareOf(of.topics[topic]);
  return <Share share={share} change={change} isMoreBetter />;
}

/** What is counted on, with the interval that holds it. */
export function Believed({ of }: { of: Turnout }) {
  const say = useWords(partnersWords);
  const format = useFormat();
  return (
    <span className="two-lines">
      {format.percent(of.believed)}
      {of.low !== null && (
        <span className="hint">
          {say("between", { low: format.percent(of.low), high: format.percent(of.high) })}
        </span>
      )}
    </span>
  );
}

/** Eight weeks of a carrier, a lane or a store; the numbers are read out, too. */
export function Weeks({ of }: { of: Turnout }) {
  const say = useWords(partnersWords);
  const format = useFormat();
  const shares = weeklyShares(of);
  const said = shares.map((share) => format.percent(share)).join(", ");
  return <Sparkline values={shares} ends={shareEnds(shares)} label={`${say("trend")}: ${said}`} />;
}
