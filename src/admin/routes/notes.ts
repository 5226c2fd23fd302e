/** `GET` and `POST /users/:id/notes`, `DELETE /users/:id/notes/:note_id`. */
import Type from 'typebox';
import type { Static } from 'typebox';
import { failure } from '../../protocol/errors.ts';
import { MAX_CONTENT_LENGTH } from '../../protocol/limits.ts';
import { isStaffOfAll } from '../../protocol/permissions.ts';
import { ok } from '../../protocol/result.ts';
import { contentProblem, isStorable } from '../../protocol/text.ts';
import type { App } from '../app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { type IdentificationDeps, identified, userOf } from '../identification.ts';
import type { UserNote } from '../ports/user-notes.ts';
import { sendProblem } from '../problem.ts';
import { Limit, ref, responses, TOKEN_NEEDED } from '../schemas.ts';

const Id = Type.String({ minLength: 1, maxLength: 256 });
const Note = Type.Object({
  id: Type.String(),
  by: ref('Person'),
  text: Type.String(),
  created_at: Type.Integer({ description: 'ms since the epoch' }),
});
const NotesQuery = Type.Object({
  before: Type.Optional(
    Type.String({ minLength: 1, maxLength: 256, description: '`next` of the page before' }),
  ),
  limit: Limit,
});
const Notes = Type.Object({
  items: Type.Array(Note, { description: 'Newest first' }),
  has_more: Type.Boolean(),
  next: Type.Optional(Type.String({ description: 'For `before`' })),
});
const NewNote = Type.Object({
  text: Type.String({ description: `1 to ${MAX_CONTENT_LENGTH} characters` }),
});

type NoteDeps = IdentificationDeps & Pick<HttpDeps, 'notes' | 'findPerson' | 'now' | 'newId'>;

/** What staff notes of users. */
export function noteRoutes(app: App, deps: NoteDeps): void {
  const { notes, now, newId } = deps;

  app.get(
    '/users/:id/notes',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'What staff noted of a user',
        params: Type.Object({ id: Id }),
        querystring: NotesQuery,
        response: responses({ 200: Notes }, [404]),
      },
      onRequest: identified(deps, isStaffOfAll),
    },
    async (request, reply) => {
      const { limit, before } = request.query;
      const page = await notes.list(request.params.id, limit, before);
      if (!page.ok) return sendProblem(reply, page.failure);
      const { items, hasMore } = page.value;
      const oldest = items.at(-1);
      return reply.header('cache-control', 'no-store').send({
        items: items.map(shownNote),
        has_more: hasMore,
        ...(hasMore && oldest !== undefined ? { next: oldest.id } : {}),
      });
    },
  );

  app.post(
    '/users/:id/notes',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Note something of a user',
        description: 'The audit log keeps who noted something of whom, and nothing of what it says.',
        params: Type.Object({ id: Id }),
        body: NewNote,
        response: responses({ 201: Note }, [404]),
      },
      onRequest: identified(deps, isStaffOfAll),
    },
    async (request, reply) => {
      const { id: userId } = request.params;
      const { text } = request.body;
      const problem = text.trim() === '' ? 'empty' : contentProblem(text);
      if (problem !== null)
        return sendProblem(reply, failure('bad_request', `The text is ${PROBLEMS[problem]}.`));
      // The database can't even be asked for some.
      const known = isStorable(userId) ? await deps.findPerson(userId) : ok(null);
      if (!known.ok) return sendProblem(reply, known.failure);
      if (known.value?.id !== userId)
        return sendProblem(reply, failure('not_found', 'There is nobody with this id.'));
      const { id, name } = userOf(request);
      const note = { id: newId(), userId, by: { id, name }, text, createdAt: now() };
      const added = await notes.add(note);
      return added.ok ? reply.code(201).send(shownNote(note)) : sendProblem(reply, added.failure);
    },
  );

  app.delete(
    '/users/:id/notes/:note_id',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Delete a note for good',
        params: Type.Object({ id: Id, note_id: Id }),
        response: responses({ 204: Type.Null({ description: 'Deleted' }) }, [404]),
      },
      onRequest: identified(deps, isStaffOfAll),
    },
    async (request, reply) => {
      const { id: userId, note_id: noteId } = request.params;
      const { id, name } = userOf(request);
      const removed = await notes.remove(userId, noteId, { id, name }, now());
      if (!removed.ok) return sendProblem(reply, removed.failure);
      if (removed.value) return reply.code(204).send();
      return sendProblem(reply, failure('not_found', 'There is no such note.'));
    },
  );
}

const PROBLEMS = {
  empty: 'empty',
  too_large: 'too long',
  malformed: 'not well-formed Unicode without U+0000',
};

function shownNote({ id, by, text, createdAt }: UserNote): Static<typeof Note> {
  return { id, by, text, created_at: createdAt };
}
