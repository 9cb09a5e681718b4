import { expect, test } from "vitest";
import { seeingOwnActs } from "./acted";

const HOME = "https://noria.example";

/** A server that answers when it is told to, and what it was asked, with how fresh. */
function server() {
  const asked: string[] = [];
  const waiting: { answer: () => void; fail: () => void }[] = [];
  const send = seeingOwnActs((request) => {
    const fresh = request.headers.get("Cache-Control") === "no-cache" ? " anew" : "";
    asked.push(`${request.method} ${new URL(request.url).pathname}${fresh}`);
    return new Promise((answer, fail) => {
      waiting.push({ answer: () => answer(new Response()), fail: () => fail(new Error("away")) });
    });
  });
  const ask = (path: string, method = "GET") => send(new Request(HOME + path, { method }));
  return { asked, waiting, ask };
}

/** Everything that has been set off is done. */
const settled = () => new Promise((done) => setTimeout(done));

test("what was just done is looked at anew, once, and what else is asked waits for it", async () => {
  const { asked, waiting, ask } = server();
  const act = ask("/v1/order-holds/h1/lift", "PUT");
  waiting[0]?.answer();
  await act;
  ask("/v1/exceptions?sort=urgent");
  ask("/v1/exceptions/causes");
  ask("/v1/orders");
  await settled();
  expect(asked.slice(1)).toEqual(["GET /v1/exceptions anew", "GET /v1/orders"]);
  waiting[1]?.answer();
  await settled();
  expect(asked.slice(3)).toEqual(["GET /v1/exceptions/causes"]);
  ask("/v1/tower/today");
  await settled();
  expect(asked.at(-1)).toBe("GET /v1/tower/today");
});

test("who was not answered looks anew the next time", async () => {
  const { asked, waiting, ask } = server();
  const act = ask("/v1/cancellations/c1", "PUT").catch(() => "lost");
  waiting[0]?.fail();
  await act;
  const list = ask("/v1/exceptions").catch(() => "lost");
  waiting[1]?.fail();
  await list;
  ask("/v1/exceptions");
  await settled();
  expect(asked.slice(1)).toEqual(["GET /v1/exceptions anew", "GET /v1/exceptions anew"]);
});
