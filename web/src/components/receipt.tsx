import type { ReceiptMark } from '../state/conversation.ts';
import { Icon } from './icon.tsx';

const WORDS: Readonly<Record<ReceiptMark, string>> = { sent: 'Sent', delivered: 'Delivered', read: 'Read' };

/** How far an own whisper has come. It takes no room of its own, so that nothing moves when it changes. */
export function Receipt({ mark }: { readonly mark: ReceiptMark }) {
  return (
    <p class="receipt" data-receipt={mark} title={WORDS[mark]} data-testid="receipt">
      <Icon name={mark === 'sent' ? 'check' : 'checks'} />
      <span class="visually-hidden">{WORDS[mark]}</span>
    </p>
  );
}
