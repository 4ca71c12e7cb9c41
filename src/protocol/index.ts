export * as schemas from './schemas';
export * as messages from './messages';
export { protocolVersion } from './schemas';
export type * from './schemas';
export type { ErrorCode, RequestErrorData, Streaming } from './messages';
export { errorCodes } from './messages';
export type * from './webview';
