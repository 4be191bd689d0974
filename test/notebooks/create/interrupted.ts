import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Workbench } from '../../support/workbench.ts';

type Event = 'requested' | 'created' | 'completed' | 'removed-duplicate';

/** What an interrupted creation of `tw` leaves: VMs, and entries of the journal. */
export interface Interrupted {
  readonly journalFile: string;
  readonly journal: () => string;
  /** The UUIDs of the VMs that are not deleted or being deleted. */
  readonly there: () => string[];
  /** Writes down what a creation of this computer noted until it was killed. */
  readonly note: (request: string, id: string, events: readonly Event[], more?: object) => void;
}

export function interruptedOn({ stateFolder, sandbox: { cloud }, now }: Workbench): Interrupted {
  const journalFile = join(stateFolder, 'journal.ndjson');
  const { id: project } = cloud.projects.find(({ name }) => name === 'jupyter-notebooks') ?? {};
  return {
    journalFile,
    journal: () => readFileSync(journalFile, 'utf8'),
    there: () =>
      [...cloud.servers.values()]
        .filter(({ status, taskState }) => status !== 'DELETED' && taskState !== 'deleting')
        .map(({ id }) => id),
    note: (request, id, events, more = {}) => {
      for (const event of events) {
        const at = now().toISOString();
        const created = { owner: 'alice', name: 'tw', goal: 'ready', ...more };
        const entry = { at, event, request, project, ...created };
        const line = event === 'requested' ? entry : { ...entry, id };
        appendFileSync(journalFile, `${JSON.stringify(line)}\n`);
      }
    },
  };
}
