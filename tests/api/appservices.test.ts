import './appservices/be-told.ts'
import './appservices/speak-for-users.ts'
