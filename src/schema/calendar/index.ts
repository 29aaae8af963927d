/** Calendar events, as jobs are scheduled by. */
export { nextEvent } from './next.js';
export { type CalendarEvent, parseCalendarEvent } from './parse.js';
