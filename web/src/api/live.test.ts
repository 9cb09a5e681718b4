import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { listen } from "./live";

vi.mock("./client", () => ({
  api: { GET: () => undefined },
  asked: async () => [{ name: "order.accepted" }],
}));

/** A stream that is open, and tells what it is made to tell. */
class Stream {
  static CLOSED = 2;
  static last: Stream;
  readyState = 1;
  onopen = () => {};
  onerror = () => {};
  heard = new Map<string, () => void>();
  constructor(readonly url: string) {
    Stream.last = this;
  }
  addEventListener(name: string, tell: () => void) {
    this.heard.set(name, tell);
  }
  close() {}
}

const page = { hidden: false };

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", Stream);
  vi.stubGlobal("document", page);
  page.hidden = false;
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("what time alone changes is asked for each minute, though no event tells of it", async () => {
  const refresh = vi.fn(() => true);
  const stop = listen(["order.*"], refresh, 10, () => {});
  Stream.last.onopen();
  await vi.advanceTimersByTimeAsync(59_000);
  expect(refresh).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(refresh).toHaveBeenCalledTimes(1);
  page.hidden = true;
  await vi.advanceTimersByTimeAsync(120_000);
  expect(refresh).toHaveBeenCalledTimes(1);
  page.hidden = false;
  stop();
  await vi.advanceTimersByTimeAsync(120_000);
  expect(refresh).toHaveBeenCalledTimes(1);
});

test("many events ask once", async () => {
  const refresh = vi.fn(() => true);
  const stop = listen(["order.*"], refresh, 1_500, () => {});
  await vi.advanceTimersByTimeAsync(0);
  expect(Stream.last.url).toContain("type=order.*");
  for (let count = 0; count < 9; count++) Stream.last.heard.get("order.accepted")?.();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(refresh).toHaveBeenCalledTimes(1);
  stop();
});
