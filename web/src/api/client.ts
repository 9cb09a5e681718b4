import createClient, { type Middleware } from "openapi-fetch";
import { seeingOwnActs } from "./acted";
import type { components, paths } from "./schema";

export type Shapes = components["schemas"];

/** A refusal as RFC 9457 writes it, or what stands for it when no answer came. */
export class Problem extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    readonly detail: string,
    readonly todo: string,
    readonly faults: readonly Fault[] = [],
    readonly requestId = "",
  ) {
    super(detail);
  }

  /** Whether somebody said no: nothing was done. After silence, or a fault, nobody knows. */
  get isRefusal(): boolean {
    return this.status >= 400 && this.status < 500;
  }
}

export interface Fault {
  pointer: string;
  message: string;
  code?: string;
}

const CSRF = /(?:^|; )noria_csrf=([^;]*)/;

const telling: Middleware = {
  onRequest({ request }) {
    request.headers.set("Accept-Language", document.documentElement.lang || "en");
    const token = CSRF.exec(document.cookie)?.[1];
    if (token && request.method !== "GET") {
      request.headers.set("X-CSRF-Token", decodeURIComponent(token));
    }
    return request;
  },
};

const DOORS = new Set(["/v1/me", "/v1/sessions"]);
let tellEnd = () => {};

/** Told of each answer that says that nobody is signed in any more. */
export function whenSessionEnds(tell: () => void) {
  tellEnd = tell;
}

const leaving: Middleware = {
  onResponse({ request, response }) {
    if (response.status === 401 && !DOORS.has(new URL(request.url).pathname)) tellEnd();
  },
};

export const api = createClient<paths>({
  baseUrl: window.location.origin,
  fetch: seeingOwnActs((request) => fetch(request)),
});
api.use(telling, leaving);

/** One request that the server proposed: its method, its address, its body. */
export interface Call {
  method: string;
  path: string;
  body?: unknown;
}

/** Send what the server proposed; what is refused of a batch of one is thrown as well. */
export async function send({ method, path, body }: Call): Promise<unknown> {
  const any = api as unknown as {
    request(method: string, path: string, init: object): Promise<Answer<unknown>>;
  };
  const said = await asked(any.request(method.toLowerCase(), path, body ? { body } : {}));
  const items = (said as { items?: { status?: number; problem?: unknown }[] } | undefined)?.items;
  const refused = Array.isArray(items) && items.find((one) => (one.status ?? 200) >= 400);
  if (refused) throw problemOf(refused.problem, refused.status ?? 0);
  return said;
}

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** What was answered; refusals and silence are thrown as a `Problem`. */
export async function asked<T>(asking: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await asking;
  } catch {
    throw new Problem("no-answer", 0, "", "");
  }
  if (!answer.response.ok) throw problemOf(answer.error, answer.response.status);
  return answer.data as T;
}

export interface Versioned<T> {
  value: T;
  /** Goes back as If-Match when it is changed. */
  etag: string;
}

/** What was answered, with the version that a change of it has to name. */
export async function versioned<T>(asking: Promise<Answer<T>>): Promise<Versioned<T>> {
  let etag = "";
  const noting = asking.then((answer) => {
    etag = answer.response.headers.get("ETag") ?? "";
    return answer;
  });
  return { value: await asked(noting), etag };
}

export function problemOf(said: unknown, status: number): Problem {
  const told = (typeof said === "object" && said !== null ? said : {}) as Record<string, unknown>;
  const text = (name: string) => (typeof told[name] === "string" ? (told[name] as string) : "");
  return new Problem(
    text("code") || "no-answer",
    status,
    text("detail"),
    text("todo"),
    Array.isArray(told.errors) ? (told.errors as Fault[]) : [],
    text("request_id"),
  );
}

/** An id of our own for what is sent: sent again, it is the same thing. */
export function newId(prefix: string): string {
  return `${prefix}-${crypto.randomUUID()}`;
}
