/**
 * The yardstick: a broadcast loop over `ws` with no features at all, run as a process of its own. Nothing is checked,
 * nothing is kept; the sender's bytes go to everyone in the room as they came. Argument: the port.
 */
import { createServer } from 'node:http';
import { WebSocketServer, type WebSocket } from 'ws';

const rooms = new Map<string, Set<WebSocket>>();
const http = createServer((_, response) => response.end('OK'));
const server = new WebSocketServer({ server: http, perMessageDeflate: false });

server.on('connection', (socket, request) => {
  const name = new URL(request.url ?? '/', 'http://localhost').searchParams.get('room') ?? '';
  const room = rooms.get(name) ?? new Set();
  rooms.set(name, room.add(socket));
  socket.on('message', (data) => {
    for (const member of room) member.send(data, { binary: false });
  });
  socket.on('error', () => socket.terminate());
  socket.on('close', () => room.delete(socket));
  socket.send('joined');
});

http.listen(Number(process.argv[2]), '127.0.0.1');
