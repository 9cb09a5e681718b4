/** What holds from a day to a day, the last included; without one, it has no such end. */
export interface Dated {
  valid_from?: string | null;
  valid_until?: string | null;
}

export function isLive({ valid_from, valid_until }: Dated, day: string): boolean {
  return (valid_from ?? day) <= day && day <= (valid_until ?? day);
}

export function hasEnded({ valid_until }: Pick<Dated, "valid_until">, day: string): boolean {
  return (valid_until ?? day) < day;
}

/** Whether of all these only the one of this id holds on that day. */
export function isLast(id: string, all: readonly (Dated & { id: string })[], day: string): boolean {
  const live = all.filter((other) => isLive(other, day));
  return live.length === 1 && live[0]?.id === id;
}
