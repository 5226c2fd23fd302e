/** Whether the server can do its work. */
export interface Readiness {
  /** What is missing, as sentences for people who run it; none when it is ready. */
  reasons(): readonly string[];
}
