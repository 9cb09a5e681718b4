import { describe, expect, it, test } from "vitest";
import { keptOf, type SayKept, whenOf, wrongKept } from "./model";

const say = ((key: string) => key) as unknown as SayKept;
const TYPED = { purpose: "buffer", units: "2", reason: " thefts " };

test("what is left empty means all", () => {
  expect(keptOf("r", { ...TYPED, sku: "", node: "", below_accuracy: "" })).toEqual({
    ...{ id: "r", purpose: "buffer", sku: null, category: null, node: null, node_kind: null },
    ...{ channel: null, units: 2, days: null, below_accuracy: null, reason: "thefts" },
    ...{ valid_from: null, valid_until: null },
  });
});

describe("what cannot be kept back", () => {
  it.each<[string, Record<string, string>, string[]]>([
    ["it is whole", {}, []],
    ["a SKU and a category", { sku: "mug", category: "cups" }, ["/category"]],
    ["a node and a kind", { node: "PAR", node_kind: "store" }, ["/node_kind"]],
    ["a protection for nobody", { purpose: "protection" }, ["/channel"]],
    ["no amount", { units: "" }, ["/units"]],
    ["two amounts", { days: "3" }, ["/days"]],
    ["a safety without accuracy", { purpose: "safety" }, ["/below_accuracy"]],
    ["a buffer with accuracy", { below_accuracy: "95" }, ["/below_accuracy"]],
    ["it ends first", { valid_from: "2026-12-02", valid_until: "2026-12-01" }, ["/valid_until"]],
  ])("%s", (_, more, pointers) => {
    const rule = keptOf("r", { ...TYPED, ...more });
    expect(wrongKept(rule, say).map(({ pointer }) => pointer)).toEqual(pointers);
  });
});

test("a rule of the past is over, and one of the future holds not yet", () => {
  const rule = { valid_from: "2026-12-01", valid_until: "2026-12-24" };
  const days = ["2026-11-30", "2026-12-24", "2026-12-25"];
  expect(days.map((day) => whenOf(rule, day))).toEqual(["later", "now", "ended"]);
});
