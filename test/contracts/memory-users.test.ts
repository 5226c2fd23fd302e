import { MemoryUsers } from '../../src/storage/memory/memory-users.ts';
import { usersContract } from './users.ts';

usersContract('users in memory', async () => ({ users: new MemoryUsers(), close: async () => undefined }));
