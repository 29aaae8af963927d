/** Tasks: doing one, and reading what others left. */
export { type ListedTask, listTasks, type TaskFilter } from './list.js';
export { type LogLine, readTaskLog } from './read-log.js';
export { runTask, type Task, type TaskOptions } from './run.js';
export { isErrorStatus, readStatus, type TaskStatus, taskStatus } from './status.js';
export { UndoStack } from './undo.js';
export { decodeUpid, encodeUpid, logPath, type TaskId } from './upid.js';
