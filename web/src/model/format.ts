import { createContext, useContext, useMemo } from "react";
import { type Language, useLanguage } from "./words";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Numbers, money and moments as the reader writes them. Unknown is a dash, never a zero. */
export interface Format {
  number(value: number | null | undefined): string;
  percent(share: number | null | undefined): string;
  /** Of an unknown currency the bare amount: to guess one would be wrong for somebody. */
  money(cents: number | null | undefined, currency?: string | null): string;
  /** Sums of several currencies, one beside the other: they do not add up. */
  sums(money: readonly Sum[] | null | undefined): string;
  /** A day, with its year where that is another than this one. */
  day(moment: string | null | undefined): string;
  /** A day with its year. */
  date(moment: string | null | undefined): string;
  /** In the reader's time zone; in another, if one is given, which is named where it differs. */
  moment(moment: string | null | undefined, zone?: string): string;
  clock(moment: string | null | undefined): string;
  left(deadline: number, now: number): string;
  ago(moment: string, now: number): string;
}

export interface Sum {
  cents: number;
  currency: string;
}

export const UNKNOWN = "—";

export function format(language: Language, today = new Date()): Format {
  const locale = language === "fr" ? "fr-FR" : "en-GB";
  const numbers = new Intl.NumberFormat(locale);
  const percents = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
  const dates = new Intl.DateTimeFormat(locale, {
    day: "numeric",
    month: "short",
    year: "numeric",
  });
  const known = <T>(value: T | null | undefined, write: (value: T) => string) =>
    value === null || value === undefined ? UNKNOWN : write(value);
  const clock = (moment: string, timeZone?: string) => {
    const said = hoursOf(locale, timeZone).format(new Date(moment));
    return language === "fr" ? said.replace(":", "\u202fh\u202f") : said;
  };
  const day = (moment: Date, timeZone?: string) =>
    daysOf(locale, moment.getFullYear() !== today.getFullYear(), timeZone).format(moment);
  const moment = (value: string, zone?: string) => {
    const here = `${day(new Date(value))} · ${clock(value)}`;
    if (!zone) return here;
    const there = `${day(new Date(value), zone)} · ${clock(value, zone)}`;
    return there === here ? here : `${there} (${zone.replaceAll("_", " ")})`;
  };
  const money = (cents: number | null | undefined, currency?: string | null) =>
    known(cents, (value) => moneyOf(locale, currency, value).format(value / 100));
  const spoken = language === "fr" ? FRENCH : ENGLISH;
  const lasting = (milliseconds: number) =>
    milliseconds < MINUTE ? spoken.briefly : span(milliseconds, spoken.day);
  return {
    number: (value) => known(value, numbers.format),
    percent: (share) => known(share, percents.format),
    money,
    sums: (sums) =>
      sums?.length
        ? sums.map(({ cents, currency }) => money(cents, currency)).join(" + ")
        : UNKNOWN,
    date: (moment) => known(moment, (value) => dates.format(midday(value))),
    day: (moment) => known(moment, (value) => day(midday(value))),
    moment: (at, zone) => known(at, (value) => moment(value, zone)),
    clock: (moment) => known(moment, (value) => clock(value)),
    left: (deadline, now) =>
      deadline >= now ? spoken.left(lasting(deadline - now)) : spoken.late(lasting(now - deadline)),
    ago: (moment, now) => lasting(now - Date.parse(moment)),
  };
}

/** A currency as the reader writes it, and whether that stands before the amount. */
export function signOf(language: Language, currency: string): { sign: string; isFirst: boolean } {
  const parts = moneyOf(language === "fr" ? "fr-FR" : "en-GB", currency, 1).formatToParts(1);
  const at = parts.findIndex(({ type }) => type === "currency");
  return { sign: parts[at]?.value ?? currency, isFirst: at === 0 };
}

/** The day that it is for the business, whose clock may be driven; unknown, it is the reader's. */
export const TodayContext = createContext<string | undefined>(undefined);

export function useFormat(): Format {
  const language = useLanguage();
  const today = useContext(TodayContext);
  return useMemo(() => format(language, today ? midday(today) : undefined), [language, today]);
}

const ENGLISH = {
  day: "d",
  briefly: "under 1\u00a0min",
  left: (said: string) => `${said} left`,
  late: (said: string) => `${said} late`,
};
const FRENCH = {
  day: "j",
  briefly: "moins d'1\u00a0min",
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

const writers = new Map<string, Intl.DateTimeFormat>();

/** To make a writer takes longer than to write: each is made once. */
function writer(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${JSON.stringify(options)}`;
  const made = writers.get(key) ?? new Intl.DateTimeFormat(locale, options);
  writers.set(key, made);
  return made;
}

function hoursOf(locale: string, timeZone?: string): Intl.DateTimeFormat {
  return writer(locale, { hour: "2-digit", minute: "2-digit", timeZone });
}

function daysOf(locale: string, hasYear: boolean, timeZone?: string): Intl.DateTimeFormat {
  const year = hasYear ? "numeric" : undefined;
  return writer(locale, { weekday: "short", day: "numeric", month: "short", year, timeZone });
}

/** Whole amounts from a thousand on: nobody reads the cents of a large sum. */
function moneyOf(
  locale: string,
  currency: string | null | undefined,
  cents: number,
): Intl.NumberFormat {
  const digits = Math.abs(cents) >= 100_000 ? 0 : 2;
  return new Intl.NumberFormat(locale, {
    ...(currency ? { style: "currency", currency } : {}),
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}
