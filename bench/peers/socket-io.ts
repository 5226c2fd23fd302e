/**
 * Socket.IO with its in-memory adapter and rooms, WebSocket transport only, run as a process of its own. Nothing is
 * checked and nothing is kept. Argument: the port.
 */
import { createServer } from 'node:http';
import { Server } from 'socket.io';

/** The load answers no application pings, so they are put off until a run is over. */
const PING_INTERVAL_MS = 600_000;

const http = createServer((_, response) => response.end('OK'));
const io = new Server(http, {
  transports: ['websocket'],
  pingInterval: PING_INTERVAL_MS,
  serveClient: false,
});

io.on('connection', (socket) => {
  socket.on('join', async (room: string) => {
    await socket.join(room);
    socket.emit('joined', room);
  });
  socket.on('message', (room: string, ref: string, content: string) => {
    io.to(room).emit('message', { ref, room, content });
  });
});

http.listen(Number(process.argv[2]), '127.0.0.1');
