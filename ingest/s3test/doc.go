// Package s3test is S3 for tests, after net/http/httptest: [New] starts a server
// in the test's own process that keeps its objects in memory, [Server.Wrap] lets
// a test break it, and [WriteError] answers as S3 refuses. With the build tag
// minio there is also StartMinIO, a real server that encrypts.
package s3test
