/** `npm run permissions`: writes docs/permissions.md. */
import { writeFileSync } from 'node:fs';
import { permissionsDocument } from './document.ts';

writeFileSync(new URL('../../docs/permissions.md', import.meta.url), await permissionsDocument());
