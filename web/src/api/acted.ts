/** What is answered out of rows that are some seconds old, unless somebody asks for newer ones. */
const KEPT = /^\/v1\/(exceptions|exceptions\/(causes|at-risk)|tower\/(today|summary))$/;

type Send = (request: Request) => Promise<Response>;

/**
 * Send requests so that what was just done is seen at once: after an act, the first question about
 * exceptions has them looked at anew, and others about them wait until it is answered.
 */
export function seeingOwnActs(send: Send): Send {
  let hasActed = false;
  let looking: Promise<unknown> = Promise.resolve();
  return async (request) => {
    if (request.method !== "GET") {
      try {
        return await send(request);
      } finally {
        hasActed = true;
      }
    }
    if (!KEPT.test(new URL(request.url).pathname)) return send(request);
    if (!hasActed) {
      await looking;
      return send(request);
    }
    hasActed = false;
    request.headers.set("Cache-Control", "no-cache");
    const answer = send(request);
    looking = answer.catch(() => {
      hasActed = true;
    });
    return answer;
  };
}
