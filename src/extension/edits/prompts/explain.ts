/** An explanation goes to the chat, where the conversation can go on; the selection travels with the question. */
export function explainPrompt(): string {
  return 'Explain what these lines do, why they are needed, and what to watch out for when changing them.';
}
