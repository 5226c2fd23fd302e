import { useState } from 'preact/hooks';
import { CheckField } from '../../src/components/check-field.tsx';
import { SelectField } from '../../src/components/select-field.tsx';
import { TextField } from '../../src/components/text-field.tsx';
import type { AutomodRule } from '../../../src/protocol/automod-rules.ts';
import { FormDialog } from '../components/form-dialog.tsx';
import { LinesField } from '../components/lines-field.tsx';
import { useApi } from '../state/dashboard-context.ts';
import { actionOf, channelsOf, conditionOf, draftOf, type RuleDraft } from '../state/rule-draft.ts';
import { RuleTrial } from './rule-trial.tsx';

interface RuleDialogProps {
  /** Null: a new one. */
  readonly rule: AutomodRule | null;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

const KINDS: readonly (readonly [RuleDraft['kind'], string])[] = [
  ['words', 'Words'],
  ['pattern', 'A pattern'],
  ['links', 'Many links'],
  ['mentions', 'Many mentions'],
  ['repeat', 'The same again'],
  ['caps', 'Capitals'],
];
const ACTIONS: readonly (readonly [RuleDraft['action'], string])[] = [
  ['refuse', 'Refuse it'],
  ['hold', 'Let it wait for a moderator'],
  ['mute', 'Refuse it and mute its author in the channel'],
  ['mask', 'Put stars in place of what was found'],
];
const MAX_NAME = 64;
const MAX_TEXT = 300;

/** Makes or changes a rule. What it looks for has to be tried as it stands before the rule can be live with it. */
export function RuleDialog({ rule, ...dialog }: RuleDialogProps) {
  const api = useApi();
  const [draft, setDraft] = useState(() => draftOf(rule));
  const [enabled, setEnabled] = useState(rule?.enabled ?? false);
  const when = conditionOf(draft);
  const channels = channelsOf(draft);
  const question = JSON.stringify([when, channels]);
  const [tried, setTried] = useState(() => (rule?.enabled === true ? question : null));
  const isTried = tried === question;
  const set =
    (field: keyof RuleDraft) =>
    (text: string): void =>
      setDraft({ ...draft, [field]: text });
  const number = (field: keyof RuleDraft, label: string) => (
    <TextField
      label={label}
      value={draft[field]}
      onValue={set(field)}
      required
      inputMode="numeric"
      autoComplete="off"
      testId={`rule-${field}`}
    />
  );
  const body = { name: draft.name.trim(), enabled: enabled && isTried, when, action: actionOf(draft) };
  const save = () =>
    rule === null
      ? api.send('POST', 'automod/rules', { body: { ...body, ...(channels === null ? {} : { channels }) } })
      : api.send('PATCH', `automod/rules/${encodeURIComponent(rule.id)}`, {
          body: { ...body, channels, version: rule.version },
        });
  return (
    <FormDialog
      title={rule === null ? 'New rule' : 'Edit the rule'}
      submit={enabled && isTried ? 'Save, live at once' : 'Save, turned off'}
      isReady={draft.name.trim() !== ''}
      act={save}
      testId="rule-dialog"
      {...dialog}
    >
      <TextField
        label="Name"
        value={draft.name}
        onValue={set('name')}
        maxLength={MAX_NAME}
        required
        autofocus
        autoComplete="off"
        testId="rule-name"
      />
      <SelectField
        label="Look for"
        value={draft.kind}
        choices={KINDS}
        onValue={set('kind')}
        testId="rule-kind"
      />
      {draft.kind === 'words' && (
        <LinesField
          label="Words or phrases, one a line"
          value={draft.words}
          onValue={set('words')}
          testId="rule-words"
        />
      )}
      {draft.kind === 'pattern' && (
        <TextField
          label="Regular expression (RE2)"
          value={draft.pattern}
          onValue={set('pattern')}
          required
          autoComplete="off"
          testId="rule-pattern"
        />
      )}
      {draft.kind === 'links' && (
        <>
          {number('limit', 'More links than')}
          <LinesField
            label="Hosts that aren’t counted, one a line"
            value={draft.allow}
            onValue={set('allow')}
            testId="rule-allow"
          />
        </>
      )}
      {draft.kind === 'mentions' && number('limit', 'More mentions than')}
      {draft.kind === 'repeat' && (
        <>
          {number('times', 'So many times')}
          {number('seconds', 'In so many seconds')}
        </>
      )}
      {draft.kind === 'caps' && (
        <>
          {number('percent', 'Percent of capitals, at least')}
          {number('letters', 'Of so many letters, at least')}
        </>
      )}
      <LinesField
        label="Channels, one a line (optional)"
        hint="Ids, or their beginnings with * behind. None: everywhere."
        value={draft.channels}
        onValue={set('channels')}
        testId="rule-channels"
      />
      <SelectField
        label="Then"
        value={draft.action}
        choices={ACTIONS}
        onValue={set('action')}
        testId="rule-action"
      />
      {draft.action === 'mute' && number('muteSeconds', 'For so many seconds')}
      {(draft.action === 'refuse' || draft.action === 'mute') && (
        <TextField
          label="What the author is told (optional)"
          value={draft.text}
          onValue={set('text')}
          maxLength={MAX_TEXT}
          autoComplete="off"
          testId="rule-text"
        />
      )}
      <RuleTrial key={question} when={when} channels={channels} onTried={() => setTried(question)} />
      {isTried ? (
        <CheckField label="Live" checked={enabled} onChecked={setEnabled} testId="rule-enabled" />
      ) : (
        <p class="hint">It can go live when it was tried as it stands.</p>
      )}
    </FormDialog>
  );
}
