import { useState } from 'preact/hooks';
import { TextField } from '../../src/components/text-field.tsx';
import { DataTable } from '../components/data-table.tsx';
import { FormDialog } from '../components/form-dialog.tsx';
import { Loaded } from '../components/loaded.tsx';
import { RowButton } from '../components/row-button.tsx';
import type { ServerRow } from '../state/answers.ts';
import { useApi, useDashboard } from '../state/dashboard-context.ts';
import { useLoad } from '../state/use-load.ts';

const MAX_NAME = 100;

/** How the server is called. */
export function ServerPage() {
  const api = useApi();
  const store = useDashboard();
  const server = useLoad('server', () => api.get<ServerRow>('server'));
  const [changed, setChanged] = useState<ServerRow | null>(null);
  return (
    <>
      <Loaded load={server}>
        {(value) => (
          <DataTable
            label="The server"
            testId="server"
            items={[value]}
            keyOf={({ id }) => id}
            columns={[
              { head: 'Name', cell: ({ name }) => <bdi>{name}</bdi> },
              { head: 'Id', cell: ({ id }) => id },
              { head: 'By its settings', cell: ({ default_name: name }) => <bdi>{name}</bdi> },
              {
                head: 'Acts',
                cell: (row) => (
                  <div class="acts">
                    <RowButton testId="change" about={row.name} act={() => setChanged(row)}>
                      Change
                    </RowButton>
                  </div>
                ),
              },
            ]}
          />
        )}
      </Loaded>
      {changed !== null && (
        <NameDialog
          server={changed}
          onClose={() => setChanged(null)}
          onDone={() => {
            server.reload();
            void store.loadOffers();
          }}
        />
      )}
    </>
  );
}

interface NameDialogProps {
  readonly server: ServerRow;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

function NameDialog({ server, ...dialog }: NameDialogProps) {
  const api = useApi();
  const [name, setName] = useState(server.name);
  const body = { name: name.trim() === '' ? null : name.trim() };
  return (
    <FormDialog
      title="Name of the server"
      submit="Save"
      testId="server-dialog"
      act={() => api.send('PATCH', 'server', { body })}
      {...dialog}
    >
      <TextField
        label="Name"
        hint={`Everyone sees it. Empty: ${server.default_name}, as the settings say.`}
        value={name}
        onValue={setName}
        maxLength={MAX_NAME}
        autofocus
        autoComplete="off"
        testId="server-name"
      />
    </FormDialog>
  );
}
