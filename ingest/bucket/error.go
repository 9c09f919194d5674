package bucket

import "strings"

// A Problem is what kept S3 from giving what it was asked for.
type Problem int

const (
	Unknown Problem = iota

	// These meet every object alike.
	BadConfig          // the AWS configuration cannot be read
	BadEndpoint        // it is not the URL of a server
	NoCredentials      // none found
	CredentialsFailed  // where to get them is known, but nothing comes from there
	ExpiredCredentials // they were good once
	InvalidCredentials // S3 does not know or believe them
	NoSuchBucket       // not in the partition that was asked
	WrongRegion        // the bucket is in Error.Region, if S3 told
	ListDenied         // no s3:ListBucket
	BadListing         // the pages are not those of a listing, or have no end
	Unreachable        // no connection to the endpoint

	// These are of one object.
	ReadDenied      // no s3:GetObject; or a KMS key's refusal, as S3 worded it until 2022
	RequesterPays   // the request did not agree to be billed
	KeyDenied       // the caller's policies do not allow kms:Decrypt
	KeyPolicyDenied // the KMS key's policy does not, or there is no such key
	KeyDisabled     // the KMS key is switched off
	KeyInvalidState // the KMS key is pending deletion, as a rule
	KeyNotFound     // the KMS key is gone, or in another region
	NotSigned       // a KMS key takes requests signed with version 4 only
	NoSuchKey       // the object is gone since it was listed
	ObjectChanged   // another object is there since it was listed
	Archived        // the storage class needs a restore
	NotAsked        // listed by a server that was asked for something else
)

// everywhere reports whether a problem meets every object alike.
func (p Problem) everywhere() bool { return p >= BadConfig && p <= Unreachable }

// An Error says what S3 refused, and what there is to do about it.
type Error struct {
	URI     string // the object, or the source as the user named it
	Problem Problem
	Key     string // ARN of the KMS key, where S3 named it
	Region  string // of the bucket, where S3 named it
	Err     error  // as the SDK gave it
}

func (e *Error) Unwrap() error { return e.Err }

func (e *Error) Error() string { return e.URI + ": " + plain(e.what()) }

func (e *Error) what() string {
	switch e.Problem {
	case BadConfig:
		return "the AWS configuration cannot be read: " + cause(e.Err)
	case BadEndpoint:
		return errEndpoint.Error()
	case NoCredentials:
		return "no AWS credentials found"
	case CredentialsFailed:
		return "no AWS credentials to be had: " + cause(e.Err)
	case ExpiredCredentials:
		return "the AWS credentials have expired"
	case InvalidCredentials:
		return "the AWS credentials are refused: " + cause(e.Err)
	case NoSuchBucket:
		return "the bucket does not exist"
	case WrongRegion:
		if e.Region != "" {
			return "the bucket is in another region, " + e.Region
		}
		return "the bucket is in another region"
	case ListDenied:
		return "access denied to list the bucket" + reason(e.Err)
	case Unreachable:
		return "no connection to S3: " + cause(e.Err)
	case ReadDenied:
		return "access denied" + reason(e.Err)
	case RequesterPays:
		return "the bucket bills the requester, and the request does not agree to that"
	case KeyDenied:
		return "access denied to " + e.key()
	case KeyPolicyDenied:
		return "access denied by " + e.key()
	case KeyDisabled:
		return e.key() + " is disabled"
	case KeyInvalidState:
		if state, ok := strings.CutPrefix(message(e.Err), e.Key+" is "); ok {
			return e.key() + " is " + state
		}
		return e.key() + " cannot be used: " + message(e.Err)
	case KeyNotFound:
		return e.key() + " does not exist"
	case NotSigned:
		return "encrypted with a KMS key, which takes requests signed with Signature Version 4 only"
	case NoSuchKey:
		return "the object does not exist any more"
	case ObjectChanged:
		return "the object changed after it was listed" + length(e.Err)
	case Archived:
		return "the object is archived in " + storage(e.Err)
	case NotAsked:
		return "not read: " + cause(e.Err)
	default:
		return cause(e.Err)
	}
}

func (e *Error) key() string {
	if e.Key != "" {
		return "KMS key " + e.Key
	}
	return "the object's KMS key"
}

// Hint returns the remedy in plain words, or "" where there is none to give.
func (e *Error) Hint() string {
	switch e.Problem {
	case BadConfig:
		return "look at the profile's name and at ~/.aws/config and ~/.aws/credentials"
	case BadEndpoint:
		return endpointHint
	case NoCredentials:
		return `sign in with "aws sso login" or "aws configure", or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; a public bucket can be read without signing`
	case CredentialsFailed:
		return `sign in again if a session has ended ("aws sso login"); "aws sts get-caller-identity" shows whether the AWS CLI can get them`
	case ExpiredCredentials:
		return `get new ones, for example with "aws sso login"`
	case InvalidCredentials:
		return "check access key ID, secret access key and session token, and that they are of the bucket's partition (aws, aws-cn, aws-us-gov)"
	case NoSuchBucket:
		return "check the bucket's name; to find a bucket in AWS China or GovCloud, a region there must be set"
	case WrongRegion:
		if e.Region != "" {
			return "set the region to " + e.Region
		}
		return "set the region to the one the bucket is in"
	case ListDenied:
		return "the caller needs s3:ListBucket on the bucket, and s3:ListBucketVersions for versions; if the requester pays for it, the request must agree to that"
	case Unreachable:
		return "check the network, the proxy and the endpoint"
	case ReadDenied:
		return "the caller needs s3:GetObject on the object, and kms:Decrypt if a KMS key encrypts it (of a version s3:GetObjectVersion); if the requester pays for the bucket, the request must agree to that"
	case RequesterPays:
		return "agree to pay for the requests and the transfer"
	case KeyDenied:
		return "the caller needs kms:Decrypt on that key"
	case KeyPolicyDenied:
		return "the key's policy must allow the caller kms:Decrypt; the key may also be deleted, or in another account or region"
	case KeyDisabled:
		return "enable the key while reading (kms:EnableKey)"
	case KeyInvalidState:
		return "a key that is pending deletion can be saved until its waiting period ends (kms:CancelKeyDeletion, then kms:EnableKey)"
	case KeyNotFound:
		return "the key was deleted or is in another region; without it nobody can read the object"
	case NotSigned:
		return "read with credentials that have kms:Decrypt, not anonymously"
	case NoSuchKey:
		return "somebody deleted it while it was being read, or a lifecycle rule did; the digest files tell what was there"
	case ObjectChanged:
		return "read it again when nobody writes there; a trail itself does not rewrite log files"
	case Archived:
		return "restore it first (s3:RestoreObject), and read it again"
	case BadListing, NotAsked:
		return "S3 does not answer so: find out who runs the server, and what is between it and here"
	default:
		return ""
	}
}
