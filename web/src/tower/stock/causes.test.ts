import { expect, it } from "vitest";
import { causeOf } from "./causes";

it.each([
  ["order:536365", "order", "536365", "/orders/536365"],
  ["purchase:PO-7", "purchase", "PO-7", "/stock/moving/purchases/PO-7"],
  ["count:2011-W44", "count", "2011-W44", null],
  ["till:a:b", "till", "a:b", null],
  ["by hand", "by hand", "", null],
])("a cause is read: %s", (cause, kind, id, to) => {
  expect(causeOf(cause)).toEqual({ kind, id, to });
});
