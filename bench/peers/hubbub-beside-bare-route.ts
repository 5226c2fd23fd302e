/**
 * This server as `npm start` runs it, and in the same process, on the same thread, a bare Fastify with one route that
 * gives the same document as `GET /discovery`: no hooks, no schema, no log. What the two are asked at full speed tells
 * what our part of a request costs. Argument: the bare one's port. `GET /bare` of it is the route.
 */
import { fastify } from 'fastify';
import '../../src/main.ts';

const [, , port] = process.argv;
// The server above listens when its module has run, at the port that it was told.
const discovery = await fetch(`http://127.0.0.1:${process.env['PORT'] ?? ''}/discovery`);
const document = (await discovery.json()) as object;

const bare = fastify();
bare.get('/bare', async () => document);
await bare.listen({ port: Number(port), host: '127.0.0.1' });
