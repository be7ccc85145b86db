import {
  addPersonRequest,
  loginRequest,
  meSchema,
  peopleList,
  personSchema,
  presenceRequest,
  sessionResponse,
  setupRequest,
  setupState,
  ticketResponse,
} from '../contract/auth.ts';
import { publicRoute, type Route, route } from '../http/route.ts';
import type { Auth } from './auth.ts';
import { logIn, logOut, refresh } from './log-in.ts';
import { addPerson, endPresence, listPeople, setUp, setupNeeded, statePresence } from './people.ts';

/** `/api/v1/auth/...` */
export function authRoutes(auth: Auth): Route[] {
  return [...doorRoutes(auth), ...sessionRoutes(auth), ...peopleRoutes(auth)];
}

function doorRoutes(auth: Auth): Route[] {
  return [
    publicRoute({
      method: 'GET',
      path: '/api/v1/auth/setup',
      summary: 'Is the set-up page to be shown?',
      answers: setupState,
      handle: async () => ({ json: { needed: await setupNeeded(auth) } }),
    }),
    publicRoute({
      method: 'POST',
      path: '/api/v1/auth/setup',
      summary: 'Make the first administrator with the single-use token of the printed link.',
      body: setupRequest,
      answers: sessionResponse,
      handle: call => setUp(auth, call.request, call.body),
    }),
    publicRoute({
      method: 'POST',
      path: '/api/v1/auth/login',
      summary: 'Log in; sets the refresh cookie.',
      body: loginRequest,
      answers: sessionResponse,
      handle: call => logIn(auth, call.request, call.body),
    }),
    publicRoute({
      method: 'POST',
      path: '/api/v1/auth/refresh',
      summary: 'Exchange the refresh cookie for a new access token; a cookie used twice ends the session.',
      answers: sessionResponse,
      handle: call => refresh(auth, call.request),
    }),
    publicRoute({
      method: 'POST',
      path: '/api/v1/auth/logout',
      summary: 'End the session of the bearer token or the cookie.',
      handle: call => logOut(auth, call.request),
    }),
  ];
}

function sessionRoutes(auth: Auth): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/auth/me',
      access: 'viewer',
      summary: 'Who the caller is.',
      answers: meSchema,
      handle: async call => ({ json: await auth.sessions.me(call.caller) }),
    }),
    route({
      method: 'POST',
      path: '/api/v1/auth/presence',
      access: 'viewer',
      summary: 'State to be at a machine, for 15 minutes, or in the workshop, for an hour.',
      body: presenceRequest,
      answers: meSchema,
      handle: async call => {
        await statePresence(auth, call.caller.sid, call.body.equipment);
        return { json: await auth.sessions.me(call.caller) };
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/auth/presence',
      access: 'viewer',
      summary: 'Leave: take back every statement to be at a machine or in the workshop.',
      answers: meSchema,
      handle: async call => {
        await endPresence(auth, call.caller.sid);
        return { json: await auth.sessions.me(call.caller) };
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/auth/ws-ticket',
      access: 'viewer',
      summary: 'A single-use ticket for /api/v1/live, good for 30 s.',
      answers: ticketResponse,
      handle: async call => ({ json: { ticket: await auth.tickets.issue(call.caller) } }),
    }),
  ];
}

function peopleRoutes(auth: Auth): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/auth/people',
      access: 'administrator',
      summary: 'Everybody who may log in.',
      answers: peopleList,
      handle: () => listPeople(auth),
    }),
    route({
      method: 'POST',
      path: '/api/v1/auth/people',
      access: 'administrator',
      summary: 'Add somebody.',
      body: addPersonRequest,
      answers: personSchema,
      handle: call => addPerson(auth, call.caller, call.body),
    }),
  ];
}
