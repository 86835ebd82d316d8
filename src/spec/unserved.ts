// Generated from /spec by `npm run spec`. Change the documents there, never this file.

export const unservedOperations = {
  client: [
    'add3PID',
    'bind3PID',
    'delete3pidFromAccount',
    'getAccount3PIDs',
    'getAuthMetadata',
    'getNotifications',
    'getPushers',
    'getUrlPreview',
    'getUrlPreviewAuthed',
    'post3PIDs',
    'postPusher',
    'redirectToIdP',
    'redirectToSSO',
    'requestTokenTo3PIDEmail',
    'requestTokenTo3PIDMSISDN',
    'requestTokenToRegisterEmail',
    'requestTokenToRegisterMSISDN',
    'requestTokenToResetPasswordEmail',
    'requestTokenToResetPasswordMSISDN',
    'search',
    'unbind3pidFromAccount',
  ],
  federation: [
    'askPolicyServerToSign',
    'queryInfo',
  ],
  hearth: [],
} as const
