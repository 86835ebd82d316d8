import type { Endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'
import { defineFilter } from './define-filter.ts'
import { deleteProfileField } from './delete-profile-field.ts'
import { deleteRoomTag } from './delete-room-tag.ts'
import { getAccountData } from './get-account-data.ts'
import { getAccountDataPerRoom } from './get-account-data-per-room.ts'
import { getFilter } from './get-filter.ts'
import { getPresence } from './get-presence.ts'
import { getProfileField } from './get-profile-field.ts'
import { getRoomTags } from './get-room-tags.ts'
import { getUserProfile } from './get-user-profile.ts'
import { reportUser } from './report-user.ts'
import { searchUserDirectory } from './search-user-directory.ts'
import { setAccountData } from './set-account-data.ts'
import { setAccountDataPerRoom } from './set-account-data-per-room.ts'
import { setPresence } from './set-presence.ts'
import { setProfileField } from './set-profile-field.ts'
import { setRoomTag } from './set-room-tag.ts'

/** What users tell about themselves and what is kept for them: profile, account data, tags, filters, presence. */
export const userEndpoints: readonly ((services: Services) => Endpoint)[] = [
  getUserProfile,
  getProfileField,
  setProfileField,
  deleteProfileField,
  getAccountData,
  setAccountData,
  getAccountDataPerRoom,
  setAccountDataPerRoom,
  getRoomTags,
  setRoomTag,
  deleteRoomTag,
  defineFilter,
  getFilter,
  getPresence,
  setPresence,
  searchUserDirectory,
  reportUser,
]
