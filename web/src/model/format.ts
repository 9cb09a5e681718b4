import { useMemo } from "react";
import { type Language, useLanguage } from "./words";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Numbers, money and moments as the reader writes them. Unknown is a dash, never a zero. */
export interface Format {
  number(value: number | null | undefined): string;
  percent(share: number | null | undefined): string;
  money(cents: number | null | undefined, currency?: string | null): string;
  /** Sums of several currencies, one beside the other: they do not add up. */
  sums(money: readonly Sum[] | null | undefined): string;
  day(moment: string | null | undefined): string;
  /** A day with its year, where that is not this one's matter of course. */
  date(moment: string | null | undefined): string;
  moment(moment: string | null | undefined): string;
  clock(moment: string | null | undefined): string;
  left(deadline: number, now: number): string;
  ago(moment: string, now: number): string;
}

export interface Sum {
  cents: number;
  currency: string;
}

export const UNKNOWN = "—";

export function format(language: Language): Format {
  const locale = language === "fr" ? "fr-FR" : "en-GB";
  const numbers = new Intl.NumberFormat(locale);
  const percents = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
  const days = new Intl.DateTimeFormat(locale, {
    weekday: "short",
    day: "numeric",
    month: "short",
  });
  const dates = new Intl.DateTimeFormat(locale, {
    day: "numeric",
    month: "short",
    year: "numeric",
  });
  const hours = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" });
  const known = <T>(value: T | null | undefined, write: (value: T) => string) =>
    value === null || value === undefined ? UNKNOWN : write(value);
  const clock = (moment: string) => {
    const said = hours.format(new Date(moment));
    return language === "fr" ? said.replace(":", "\u202fh\u202f") : said;
  };
  const money = (cents: number | null | undefined, currency?: string | null) =>
    known(cents, (value) => moneyOf(locale, currency ?? "EUR", value).format(value / 100));
  const spoken = language === "fr" ? FRENCH : ENGLISH;
  return {
    number: (value) => known(value, numbers.format),
    percent: (share) => known(share, percents.format),
    money,
    sums: (sums) =>
      sums?.length
        ? sums.map(({ cents, currency }) => money(cents, currency)).join(" + ")
        : UNKNOWN,
    date: (moment) => known(moment, (value) => dates.format(midday(value))),
    day: (moment) => known(moment, (value) => days.format(midday(value))),
    moment: (moment) =>
      known(moment, (value) => `${days.format(new Date(value))} · ${clock(value)}`),
    clock: (moment) => known(moment, clock),
    left: (deadline, now) =>
      deadline >= now
        ? spoken.left(span(deadline - now, spoken.day))
        : spoken.late(span(now - deadline, spoken.day)),
    ago: (moment, now) => span(Math.max(0, now - Date.parse(moment)), spoken.day),
  };
}

export function useFormat(): Format {
  const language = useLanguage();
  return useMemo(() => format(language), [language]);
}

const ENGLISH = {
  day: "d",
  left: (said: string) => `${said} left`,
  late: (said: string) => `${said} late`,
};
const FRENCH = {
  day: "j",
  left: (said: string) => `reste ${said}`,
  late: (said: string) => `${said} de retard`,
};

/** A day without a time is that day wherever the reader is. */
function midday(value: string): Date {
  return new Date(value.length === 10 ? `${value}T12:00:00` : value);
}

/** How long, in its two largest units: "41 min", "2 h 14", "3 d 4 h". */
export function span(milliseconds: number, day = "d"): string {
  const minutes = Math.floor(milliseconds / MINUTE);
  if (milliseconds < HOUR) return `${minutes}\u00a0min`;
  if (milliseconds < DAY) {
    return `${Math.floor(minutes / 60)}\u00a0h\u00a0${String(minutes % 60).padStart(2, "0")}`;
  }
  const hours = Math.floor(milliseconds / HOUR);
  const rest = hours % 24;
  return `${Math.floor(hours / 24)}\u00a0${day}${rest ? `\u00a0${rest}\u00a0h` : ""}`;
}

/** Whole amounts from a thousand on: nobody reads the cents of a large sum. */
function moneyOf(locale: string, currency: string, cents: number): Intl.NumberFormat {
  const digits = Math.abs(cents) >= 100_000 ? 0 : 2;
  return new Intl.NumberFormat(locale, {
    style: "currency",
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}
