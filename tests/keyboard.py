"""The tower by keyboard alone: what is reached by Tab, is seen to be reached, and does not hold one."""

from playwright.sync_api import expect

MOST = 150
"""So many steps lead anywhere on a page, or the way is too long."""

# Where the focus is: nowhere, outside the window, not marked, or well.
LOOK = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return "nowhere";
  const said = one.outerHTML.slice(0, 120);
  const box = one.getBoundingClientRect();
  const inside = box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth;
  if (!inside) return "outside the window: " + said;
  const marks = [one, one.closest("label, .mantine-Input-wrapper, .mantine-InputWrapper-root")];
  const marked = marks.filter(Boolean).some((mark) => {
    const style = getComputedStyle(mark);
    return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0)
      || style.boxShadow !== "none" || mark.matches(":is(input, textarea, select):is(:focus, :focus-within)");
  });
  return marked || one.tagName === "MAIN" || one.tagName === "IFRAME" ? "" : "not marked: " + said;
}"""

FOCUSED = "one => one === document.activeElement"


def tab_to(page, target, back=False):
    """Press Tab until `target` has the focus; each step on the way is seen."""
    for _ in range(MOST):
        if target.evaluate(FOCUSED):
            return
        page.keyboard.press("Shift+Tab" if back else "Tab")
        seen(page)
    raise AssertionError(f"{MOST} steps do not lead to {target}")


def press(page, target, key="Enter", back=False):
    """Go to `target` by Tab and press it."""
    tab_to(page, target, back)
    page.keyboard.press(key)


def take(page, item):
    """In a menu that is open, go down to `item` and take it."""
    for _ in range(MOST):
        if item.evaluate(FOCUSED):
            break
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")


def pick(page, combobox, option):
    """Go to `combobox` by Tab, open it, and take the first option that begins so."""
    tab_to(page, combobox)
    page.keyboard.press("ArrowDown")
    page.keyboard.type(option)
    expect(page.get_by_role("option").first).to_be_visible()  # they may still be asked for
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")


def write(page, target, text):
    """Go to a field by Tab, and type over what stands there."""
    tab_to(page, target)
    page.keyboard.press("Control+a")
    page.keyboard.type(text)


def seen(page):
    """Whatever has the focus is in the window and is marked; that nothing has it is told."""
    found = page.evaluate(LOOK)
    assert found in {"", "nowhere"}, found
    return found
