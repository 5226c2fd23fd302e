/** Whether the server can do its work. */
export interface Readiness {
  /** What is missing, as sentences for people who run it; none when it is ready. */
  reasons(): readonly string[];
  /** What whoever runs it should look after though it can work, as sentences. */
  warnings(): readonly string[];
}
