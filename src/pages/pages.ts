import type { Page } from '../http/page.ts'
import { authFallbackPages } from './auth-fallback.ts'
import { homePage } from './home.ts'
import { loginFallbackPage } from './login-fallback.ts'
import type { PageServices } from './page-services.ts'
import { setupPages } from './setup.ts'

/** Everything that people see of this server in a browser. */
export function createPages(services: PageServices): Page[] {
  return [homePage(services), loginFallbackPage(services), ...setupPages(services), ...authFallbackPages(services)]
}
