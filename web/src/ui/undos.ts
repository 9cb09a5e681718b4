interface Undo {
  id: string;
  takeBack: () => void;
}

/** What is offered to be undone now, the last thing done last. */
const offered: Undo[] = [];

export function offer(id: string, takeBack: () => void) {
  offered.push({ id, takeBack });
}

export function forget(id: string) {
  const place = offered.findIndex((one) => one.id === id);
  if (place >= 0) offered.splice(place, 1);
}

/** Undo what was done last, from wherever the focus is. */
export function undoLast() {
  const last = offered.pop();
  last?.takeBack();
}
