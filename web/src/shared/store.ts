// SPDX-License-Identifier: Apache-2.0
// One value that pages look at, and a hook that draws again when it changes.
import { useEffect, useReducer } from 'preact/hooks';

export interface Store<T> {
  get(): T;
  patch(part: Partial<T>): void;
  use(): T;
}

export function createStore<T extends object>(first: T): Store<T> {
  let value = first;
  const watchers = new Set<() => void>();

  return {
    get: () => value,
    patch(part) {
      value = { ...value, ...part };
      for (const watcher of watchers) watcher();
    },
    use() {
      const [, redraw] = useReducer<number, void>((n) => n + 1, 0);
      useEffect(() => {
        const watcher = () => redraw();
        watchers.add(watcher);
        return () => void watchers.delete(watcher);
      }, []);
      return value;
    },
  };
}

/** Draws again each second, for ages and what is left. */
export function useSeconds(): void {
  const [, redraw] = useReducer<number, void>((n) => n + 1, 0);
  useEffect(() => {
    const timer = window.setInterval(() => redraw(), 1000);
    return () => window.clearInterval(timer);
  }, []);
}
