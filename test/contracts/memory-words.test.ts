import { MemoryWords } from '../../src/cache/memory-words.ts';
import { serverWordsContract } from './server-words.ts';

serverWordsContract('within a process', async () => {
  const [words, questions] = [new MemoryWords(), new MemoryWords()];
  const forger = words.join();
  return {
    ways: [words.join(), words.join()],
    questions: [questions.join(), questions.join()],
    forge: async (text) => {
      await forger.publish(text);
    },
    close: async () => undefined,
  };
});
