import { CONNECTING } from '../state/page-state.ts';
import { usePageStore, useSelected } from '../state/store-context.ts';
import { DataCopy } from './data-copy.tsx';
import { Modal } from './modal.tsx';
import { PasswordForm } from './password-form.tsx';
import { MessageAvatar } from './message-avatar.tsx';
import { ProfileForm } from './profile-form.tsx';

/** Who one is, what of it can be changed, and the way out. */
export function AccountDialog({ onClose }: { readonly onClose: () => void }) {
  const store = usePageStore();
  const user = useSelected((state) => (state.screen === 'chat' ? state.user : null));
  const identity = useSelected((state) => (state.screen === 'chat' ? state.identity : CONNECTING.identity));
  const roles = (user?.roles ?? []).filter((role) => role === 'moderator' || role === 'admin');
  return (
    <Modal title="You" onClose={onClose} testId="account-dialog">
      {user !== null && (
        <p class="account-who">
          <MessageAvatar user={user} picture={user.avatar} />
          <bdi data-testid="account-name">{user.name}</bdi>
          {roles.map((role) => (
            <span key={role} class="tag" data-testid="role">
              {role}
            </span>
          ))}
        </p>
      )}
      {identity.kind === 'guest' && (
        <p>
          You are here as a guest. Your name is yours for as long as this browser remembers you; signing out
          gives it up.
        </p>
      )}
      {identity.kind === 'issuer' && (
        <p>
          You signed in with <bdi>{identity.issuerName}</bdi>. Name and picture come from there.
        </p>
      )}
      {identity.kind === 'account' && user !== null && (
        <>
          <ProfileForm user={user} />
          <PasswordForm name={user.name} />
        </>
      )}
      {identity.kind !== 'guest' && <DataCopy />}
      <div class="modal-actions">
        <button type="button" data-testid="sign-out" onClick={() => void store.signOut()}>
          Sign out
        </button>
      </div>
    </Modal>
  );
}
