// SPDX-License-Identifier: Apache-2.0
// The gateway's server-sent events. The browser reconnects by itself and names the last event that it saw; when the gateway
// refuses (a lost session, a full house) it does not, so we do.

export type EventName = 'live' | 'state' | 'agg' | 'ticket' | 'alert' | 'status';
const NAMES: EventName[] = ['live', 'state', 'agg', 'ticket', 'alert', 'status'];
const RETRY_MS = 5000;

export interface Listener {
  onOpen(): void;
  onLost(): void;
  onReset(): void; // events were missed: read everything again
  onDocument(name: EventName, doc: Record<string, unknown>): void;
}

/** @returns what closes it */
export function listen(url: string, to: Listener): () => void {
  let source: EventSource;
  let timer = 0;

  const open = () => {
    source = new EventSource(url);
    source.onopen = to.onOpen;
    source.onerror = () => {
      to.onLost();
      if (source.readyState === EventSource.CLOSED) timer = window.setTimeout(open, RETRY_MS);
    };
    source.addEventListener('reset', to.onReset);
    for (const name of NAMES)
      source.addEventListener(name, (e: MessageEvent<string>) => {
        try {
          to.onDocument(name, JSON.parse(e.data) as Record<string, unknown>);
        } catch (fault) {
          console.warn(`event ${name} is no document`, fault);
        }
      });
  };

  open();
  return () => {
    window.clearTimeout(timer);
    source.close();
  };
}
