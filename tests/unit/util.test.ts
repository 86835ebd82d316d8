import './util/batch.ts'
import './util/lru.ts'
import './util/timer-wheel.ts'
import './util/token-bucket.ts'
