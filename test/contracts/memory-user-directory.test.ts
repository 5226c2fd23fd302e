import { MemoryAccounts } from '../../src/storage/memory/memory-accounts.ts';
import { MemoryNames } from '../../src/storage/memory/memory-names.ts';
import { MemorySecurity } from '../../src/storage/memory/memory-security.ts';
import { MemoryUserDirectory } from '../../src/storage/memory/memory-user-directory.ts';
import { MemoryUsers } from '../../src/storage/memory/memory-users.ts';
import { userDirectoryContract } from './user-directory.ts';

userDirectoryContract('users by name in memory', async () => {
  const [names, security, users] = [new MemoryNames(), new MemorySecurity(), new MemoryUsers()];
  const accounts = new MemoryAccounts(names, security);
  const { sanctions } = security;
  const directory = new MemoryUserDirectory({ names, accounts, users, sanctions });
  return { ...{ names, security, users, accounts, sanctions, directory }, close: async () => undefined };
});
