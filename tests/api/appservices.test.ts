import './appservices/be-told.ts'
import './appservices/lead-elsewhere.ts'
import './appservices/speak-for-users.ts'
