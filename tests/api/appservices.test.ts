import './appservices/speak-for-users.ts'
