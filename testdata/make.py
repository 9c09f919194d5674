#!/usr/bin/env python3
"""Write testdata/logs, the archive that demos and tests read (README.md tells its story).

    python3 testdata/make.py

The result is the same to the byte each time: nothing depends on the clock, on the
machine or on the order of scenes, since each event draws its ids from its own time
and name. All of it is invented. Addresses are those kept for documentation, the
accounts AWS's own placeholders, the keys end in EXAMPLE.
"""

import dataclasses
import datetime
import hashlib
import json
import pathlib
import random
import shutil
import struct
import zlib

LOGS = pathlib.Path(__file__).resolve().parent / "logs"

PROD = "111122223333"
SECURITY = "444455556666"
OUTSIDER = "777788889999"  # somebody else's account; it has no logs here
ORGANIZATION = "o-exampleorg1"
ARCHIVE_BUCKET = "example-trail-archive"
SHOP = "example-shop-"  # and the Region

OFFICE = "198.51.100.40"
CI_RUNNER = "198.51.100.24"
PARTNER = "198.51.100.61"
INSTANCE = "192.0.2.15"
ATTACKER = "203.0.113.77"
ATTACKER_V6 = "2001:db8:66::17"

CLI = "aws-cli/2.22.35 md/awscrt#0.23.4 ua/2.0 os/linux#6.8.0 md/arch#x86_64 lang/python#3.12.6 cfg/retry-mode#standard"
BOTO = "Boto3/1.35.99 md/Botocore#1.35.99 ua/2.0 os/linux#6.11.2 md/arch#x86_64 lang/python#3.12.8"
TERRAFORM = "APN/1.0 HashiCorp/1.0 Terraform/1.9.8 terraform-provider-aws/5.80.0 aws-sdk-go-v2/1.32.6 os/linux"
GO_SDK = "aws-sdk-go-v2/1.32.6 ua/2.1 os/linux lang/go#1.23.3 md/GOOS#linux md/GOARCH#arm64"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

# Services move to a new eventVersion at their own pace, so one file mixes them.
VERSIONS = {
    "sts": "1.08", "autoscaling": "1.08", "health": "1.08",
    "logs": "1.09", "config": "1.09", "ssm": "1.09",
    "ec2": "1.10", "organizations": "1.10", "monitoring": "1.10",
}  # others: 1.11
API_VERSIONS = {"logs": "20140328"}
READING = ("Get", "List", "Describe", "Head", "Lookup", "AssumeRole", "GenerateDataKey", "Decrypt")


# -- time, chance, text --------------------------------------------------------------------------


def moment(text):
    """'02 21:41:07' is that time on the 2nd of March 2026."""
    return datetime.datetime.strptime("2026-03-" + text, "%Y-%m-%d %H:%M:%S")


def iso(at):
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def local_text(at):
    """Time as services write it inside requestParameters and responseElements."""
    return f"{at:%b} {at.day}, {at.year}, {(at.hour - 1) % 12 + 1}:{at:%M:%S %p}"


def after(at, seconds):
    return at + datetime.timedelta(seconds=seconds)


def later(start, seconds):
    """The same in the notation that moment reads."""
    return f"{after(moment(start), seconds):%d %H:%M:%S}"


class Dice:
    """Chance that depends on a name only. Of random.Random it uses what Python promises to keep."""

    def __init__(self, name):
        self._random = random.Random("trailbox " + name)

    def below(self, n):
        return int(self._random.random() * n)

    def between(self, low, high):
        return low + self.below(high - low + 1)

    def pick(self, choices):
        return choices[self.below(len(choices))]

    def shuffle(self, items):
        for i in range(len(items) - 1, 0, -1):
            j = self.below(i + 1)
            items[i], items[j] = items[j], items[i]

    def text(self, alphabet, length):
        return "".join(self.pick(alphabet) for _ in range(length))

    def hex(self, length):
        return self.text("0123456789abcdef", length)

    def guid(self, version="4"):
        return f"{self.hex(8)}-{self.hex(4)}-{version}{self.hex(3)}-{self.pick('89ab')}{self.hex(3)}-{self.hex(12)}"


class Clock:
    """Hands out times, a few seconds apart."""

    def __init__(self, start, low=2, high=9):
        self.now, self._dice, self._low, self._high = moment(start), Dice("clock " + start), low, high

    def __call__(self):
        now, self.now = self.now, after(self.now, self._dice.between(self._low, self._high))
        return now


BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def unique_id(prefix, name):
    """An id as IAM makes them: AKIA and ASIA have 20 characters, AIDA and AROA 21."""
    length = (20 if prefix in ("AKIA", "ASIA") else 21) - len(prefix) - len("EXAMPLE")
    word = "".join(c for c in name.upper() if c in BASE32)[:length]
    return prefix + word + Dice("id " + name).text(BASE32, length - len(word)) + "EXAMPLE"


def ec2_id(prefix, name):
    return f"{prefix}-0{Dice(f'{prefix} {name}').hex(16)}"


def temporary_key(name):
    return "ASIA" + Dice("key " + name).text(BASE32, 9) + "EXAMPLE"


# -- who calls -----------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Caller:
    identity: dict  # userIdentity; sessionContext without the empty members of version 1.08
    ip: str
    agent: str
    account: str | None = None
    console: bool = False

    def but(self, **changes):
        return dataclasses.replace(self, **changes)

    @property
    def arn(self):
        return self.identity["arn"]

    @property
    def is_service(self):
        return self.identity.get("type") == "AWSService"


def user(name, ip, agent=CLI, account=PROD, key=None):
    return Caller({
        "type": "IAMUser",
        "principalId": unique_id("AIDA", name),
        "arn": f"arn:aws:iam::{account}:user/{name}",
        "accountId": account,
        "accessKeyId": unique_id("AKIA", key or name),
        "userName": name,
    }, ip, agent, account)


def in_console(caller, since, mfa=True):
    """The same caller, signed in to the console at that time."""
    identity = {**caller.identity, "accessKeyId": temporary_key(caller.arn + iso(since))}
    identity["sessionContext"] = {"attributes": {"creationDate": iso(since), "mfaAuthenticated": str(mfa).lower()}}
    return caller.but(identity=identity, console=True, agent="AWS Internal")


def root(account, ip):
    return Caller({
        "type": "Root",
        "principalId": account,
        "arn": f"arn:aws:iam::{account}:root",
        "accountId": account,
        "accessKeyId": "",
    }, ip, BROWSER, account)


def service(name):
    return Caller({"type": "AWSService", "invokedBy": name}, name, name)


CLOUDTRAIL = service("cloudtrail.amazonaws.com")
CONFIG = service("config.amazonaws.com")
FLOW_LOGS = service("delivery.logs.amazonaws.com")


# -- what happens --------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Event:
    at: datetime.datetime
    account: str  # whose log files it goes to
    region: str   # the Region folder
    kind: str     # CloudTrail, CloudTrail-Insight, CloudTrail-NetworkActivity
    text: str     # the record


class Story:
    """Collects events. Each method below is an API call that happened."""

    def __init__(self):
        self.events = []
        self._times_seen = {}

    def dice(self, *names):
        """The event's own chance; the same call twice in one second gets another."""
        name = " ".join(names)
        n = self._times_seen[name] = self._times_seen.get(name, 0) + 1
        return Dice(f"{name} {n}")

    def add(self, at, record, kind="CloudTrail", folder=None):
        text = json.dumps(record, separators=(",", ":"))
        self.events.append(Event(at, record["recipientAccountId"], folder or record["awsRegion"], kind, text))

    def call(self, at, who, source, name, *, request=None, response=None, error=None, extra=None, resources=None,
             region="us-east-1", account=None, data=False, read=None, event_type="AwsApiCall", request_id=None,
             shared=None, vpce=None, host=None, details=None, more=None, folder=None):
        account = account or who.account or PROD
        dice = self.dice(iso(at), source, name, region, account, str(who.identity.get("arn")))
        version = VERSIONS.get(source, "1.11")
        # Some calls by services carry name-based GUIDs.
        event_id = dice.guid("3" if who.is_service and source == "sts" else "4")
        if request_id is None:
            request_id = dice.guid()
        if who.is_service and shared is None:
            shared = dice.guid()

        record = {"eventVersion": version, "userIdentity": identity_in(who.identity, version)}
        record["eventTime"] = iso(at)
        record["eventSource"] = source + ".amazonaws.com"
        record["eventName"] = name
        record["awsRegion"] = region
        record["sourceIPAddress"] = who.ip
        record["userAgent"] = f"[{who.agent}]" if source == "s3" and not who.is_service else who.agent
        if error:
            code, message = error
            if code:
                record["errorCode"] = code
            record["errorMessage"] = message
        record["requestParameters"] = request
        record["responseElements"] = response
        if extra:
            record["additionalEventData"] = extra
        if request_id:
            record["requestID"] = request_id
        record["eventID"] = event_id
        record["readOnly"] = name.startswith(READING) if read is None else read
        if resources:
            record["resources"] = resources
        record["eventType"] = event_type
        if source in API_VERSIONS:
            record["apiVersion"] = API_VERSIONS[source]
        record["managementEvent"] = not data
        category = "Data" if data else "Management"
        if source == "sts":  # some services write these two the other way round
            record["eventCategory"] = category
        record["recipientAccountId"] = account
        if shared:
            record["sharedEventID"] = shared
        if details:
            record["serviceEventDetails"] = details
        if vpce:
            record["vpcEndpointId"], record["vpcEndpointAccountId"] = vpce, account
        record["eventCategory"] = category
        if direct(who, event_type):
            record["tlsDetails"] = {
                "tlsVersion": "TLSv1.3",
                "cipherSuite": "TLS_AES_128_GCM_SHA256",
                "clientProvidedHostHeader": host or endpoint(source, region),
            }
            if source in ("kms", "secretsmanager"):
                record["tlsDetails"]["keyExchange"] = "X25519MLKEM768"
        if who.console:
            record["sessionCredentialFromConsole"] = "true"
        record.update(more or {})
        self.add(at, record, folder=folder)
        return event_id

    def s3(self, at, who, name, bucket=None, *, key=None, prefix=None, region="us-east-1", account=None, owner=None,
           request=None, error=None, **others):
        """A call to S3: about an object (key), a listing (prefix), a bucket, or all of them."""
        dice = self.dice("s3", iso(at), name, str(bucket), str(key))
        account = account or who.account or PROD
        host = f"{bucket}.s3.{region}.amazonaws.com" if bucket else "s3.amazonaws.com"
        asked, resources = {"Host": host}, []
        if bucket:
            asked = {"bucketName": bucket, "Host": host}
            resources = [{"accountId": owner or account, "type": "AWS::S3::Bucket", "ARN": f"arn:aws:s3:::{bucket}"}]
        if key is not None:
            asked["key"] = key
            resources.insert(0, {"type": "AWS::S3::Object", "ARN": f"arn:aws:s3:::{bucket}/{key}"})
        if prefix is not None:
            asked.update({"list-type": "2", "prefix": prefix, "encoding-type": "url"})
            resources.insert(0, {"type": "AWS::S3::Object", "ARNPrefix": f"arn:aws:s3:::{bucket}/{prefix}"})
        size = 243 if error else dice.between(600, 90_000)
        sent = name.startswith("Put")
        extra = {
            "SignatureVersion": "SigV4",
            "CipherSuite": "TLS_AES_128_GCM_SHA256",
            "bytesTransferredIn": size if sent else 0,
            "AuthenticationMethod": "AuthHeader",
            "x-amz-id-2": dice.text(ALPHANUMERIC + "+/", 43) + "=",
            "bytesTransferredOut": 0 if sent else size,
        }
        self.call(at, who, "s3", name, region=region, account=account, error=error,
                  request={**asked, **(request or {})}, extra=extra, request_id=dice.text(BASE32, 16),
                  resources=resources, host=host, data=key is not None or prefix is not None, **others)

    def assume(self, at, who, role, session, *, action="AssumeRole", account=PROD, region="us-east-1", path="/",
               source_identity=None, mfa=False, hours=1, request=None, response=None, extra=None, scope=None,
               delivery=None, federation=None, **others):
        """AssumeRole in one of its forms. Returns who may act from then on."""
        arn = f"arn:aws:iam::{account}:role{path}{role}"
        role_id = unique_id("AROA", role)
        key = temporary_key(f"{arn}/{session} {iso(at)}")
        session_arn = f"arn:aws:sts::{account}:assumed-role/{role}/{session}"
        request = {"roleArn": arn, "roleSessionName": session, **(request or {}), "durationSeconds": hours * 3600}
        response = {
            "credentials": {
                "accessKeyId": key,
                "sessionToken": "IQoEXAMPLESESSIONTOKEN",
                "expiration": local_text(after(at, hours * 3600)),
            },
            "assumedRoleUser": {"assumedRoleId": f"{role_id}:{session}", "arn": session_arn},
            **(response or {}),
        }
        if source_identity:
            request["sourceIdentity"] = response["sourceIdentity"] = source_identity
        resources = [{"accountId": account, "type": "AWS::IAM::Role", "ARN": arn}]
        extra = {"RequestDetails": {"awsServingRegion": region, "endpointType": "regional"}, **(extra or {})}
        crossing = who.account and who.account != account
        shared = self.dice("shared", iso(at), session_arn).guid() if crossing else None
        sent = dict(region=region, request=request, response=response, extra=extra, resources=resources, **others)
        self.call(at, who, "sts", action, account=who.account or account, shared=shared, **sent)
        if crossing:  # the role's account gets its own copy, and sees only where the caller is from
            seen = {"type": "AWSAccount", "principalId": who.identity["principalId"], "accountId": who.account}
            self.call(at, who.but(identity=seen), "sts", action, account=account, shared=shared, **sent)

        context = {
            "sessionIssuer": {
                "type": "Role", "principalId": role_id, "arn": arn, "accountId": account, "userName": role,
            },
            **({"webIdFederationData": federation} if federation else {}),
            "attributes": {"creationDate": iso(at), "mfaAuthenticated": str(mfa).lower()},
        }
        if source_identity:
            context["sourceIdentity"] = source_identity
        if delivery:
            context["ec2RoleDelivery"] = delivery
        identity = {
            "type": "AssumedRole",
            "principalId": f"{role_id}:{session}",
            "arn": session_arn,
            "accountId": account,
            "accessKeyId": key,
            "sessionContext": context,
        }
        if scope:
            identity["inScopeOf"] = scope
        return Caller(identity, who.ip, who.agent, account)

    def sign_in(self, at, who, *, mfa=None, error=None, region="us-east-1"):
        """ConsoleLogin. mfa is the device's name; a failure has an errorMessage and no errorCode."""
        identity = dict(who.identity)
        if error:
            identity["accessKeyId"] = ""
            identity.pop("arn")
        elif identity["type"] == "IAMUser":
            identity.pop("accessKeyId")
        page = f"https://{region}.console.aws.amazon.com/console/home?region={region}"
        extra = {"LoginTo": page, "MobileVersion": "No"}
        if mfa and not error:
            extra["MFAIdentifier"] = f"arn:aws:iam::{who.account}:mfa/{mfa}"
        extra["MFAUsed"] = "Yes" if mfa else "No"
        self.call(at, who.but(identity=identity, agent=BROWSER), "signin", "ConsoleLogin", region=region,
                  event_type="AwsConsoleSignIn", response={"ConsoleLogin": "Failure" if error else "Success"},
                  error=error and (None, error), extra=extra, request_id="",
                  host=f"{region}.signin.aws.amazon.com")


def identity_in(identity, version):
    """userIdentity as that eventVersion writes it: 1.08 fills up sessionContext with empty objects."""
    if version != "1.08" or "sessionContext" not in identity:
        return identity
    context = {"sessionIssuer": {}, "webIdFederationData": {}, **identity["sessionContext"]}
    return {**identity, "sessionContext": context}


def direct(who, event_type):
    """Whether the caller itself spoke TLS to the service; the console and services speak for others."""
    return event_type in ("AwsApiCall", "AwsConsoleSignIn") and not who.console and ".amazonaws.com" not in who.ip \
        and who.ip != "AWS Internal"


def endpoint(source, region):
    return f"{source}.amazonaws.com" if source in ("iam", "organizations") else f"{source}.{region}.amazonaws.com"


def denied(who, action, resource="*", why="", code="AccessDenied"):
    why = why or f"because no identity-based policy allows the {action} action"
    return code, f"User: {who.arn} is not authorized to perform: {action} on resource: {resource} {why}"


S3_DENIED = "AccessDenied", "Access Denied"


def ec2_denied(who, action):
    return ("Client.UnauthorizedOperation",
            f"You are not authorized to perform this operation. User: {who.arn} is not authorized to perform: "
            f"ec2:{action} because no identity-based policy allows the ec2:{action} action")


def kms_key(name, region, account=PROD):
    return {
        "accountId": account,
        "type": "AWS::KMS::Key",
        "ARN": f"arn:aws:kms:{region}:{account}:key/{Dice(f'kms {name} {region}').guid()}",
    }


# -- scenes: what goes on all day ----------------------------------------------------------------


def trail_delivery(story, clock, account, region, times):
    """CloudTrail writing log files: a data key each time, in the archive's account also the bucket."""
    trail = f"arn:aws:cloudtrail:us-east-1:{account}:trail/" + ("prod-trail" if account == PROD else "org-trail")
    layout = account if account == PROD else f"{ORGANIZATION}/{account}"
    for _ in range(times):
        at = clock()
        if account == SECURITY:
            story.s3(clock(), CLOUDTRAIL, "GetBucketAcl", ARCHIVE_BUCKET, account=account, region=region,
                     request={"acl": ""})
        place = f"arn:aws:s3:::{ARCHIVE_BUCKET}/AWSLogs/{layout}/CloudTrail/"
        context = {"aws:cloudtrail:arn": trail, "aws:s3:arn": place}
        key = kms_key("trail", region, account)
        story.call(at, CLOUDTRAIL, "kms", "GenerateDataKey", region=region, account=account, resources=[key],
                   request={"encryptionContext": context, "keySpec": "AES_256", "keyId": key["ARN"]})
        if account == SECURITY:
            name = f"{at:%Y%m%dT%H%M}Z_{Dice(iso(at)).text(ALPHANUMERIC, 16)}.json.gz"
            story.s3(clock(), CLOUDTRAIL, "PutObject", ARCHIVE_BUCKET, account=account, region=region,
                     key=f"AWSLogs/{layout}/CloudTrail/{region}/{at:%Y/%m/%d}/{account}_CloudTrail_{region}_{name}",
                     request={"x-amz-acl": "bucket-owner-full-control", "x-amz-server-side-encryption": "aws:kms"})


def other_delivery(story, clock, region, times):
    """AWS Config and VPC flow logs writing to buckets of their own."""
    for who, bucket, kind in (
        (CONFIG, "example-config-history", "Config"),
        (FLOW_LOGS, "example-flow-logs", "vpcflowlogs"),
    ):
        for _ in range(times):
            at = clock()
            story.s3(at, who, "GetBucketAcl", f"{bucket}-{region}", region=region, account=PROD, request={"acl": ""})
        story.s3(clock(), who, "PutObject", f"{bucket}-{region}", region=region, account=PROD,
                 request={"x-amz-acl": "bucket-owner-full-control"},
                 key=f"AWSLogs/{PROD}/{kind}/{region}/{at:%Y/%m/%d}/{PROD}_{kind}_{region}_{at:%Y%m%dT%H%M}Z.gz")


def web_server(story, clock, region):
    """An instance fetches new credentials and reads its settings and files through a VPC endpoint."""
    instance, vpce = ec2_id("i", "web " + region), ec2_id("vpce", region)
    who = story.assume(clock(), service("ec2.amazonaws.com"), "WebServerRole", instance, region=region, delivery="2.0")
    who = who.but(ip=INSTANCE, agent=GO_SDK)
    story.call(clock(), who, "ssm", "UpdateInstanceInformation", region=region, vpce=vpce,
               request={"instanceId": instance, "agentVersion": "3.3.1345.0", "agentStatus": "Active",
                        "platformType": "Linux", "computerName": "web.example.com", "iPAddress": INSTANCE})
    parameter = f"arn:aws:ssm:{region}:{PROD}:parameter/shop/settings"
    story.call(clock(), who, "ssm", "GetParameter", region=region, vpce=vpce,
               request={"name": "/shop/settings", "withDecryption": True},
               resources=[{"accountId": PROD, "ARN": parameter}])
    internal = who.but(identity={**who.identity, "invokedBy": "AWS Internal"}, ip="AWS Internal", agent="AWS Internal")
    story.call(clock(), internal, "kms", "Decrypt", region=region, resources=[kms_key("ssm", region)],
               request={"encryptionAlgorithm": "SYMMETRIC_DEFAULT", "encryptionContext": {"PARAMETER_ARN": parameter}})
    for page in "index.html", "prices.json":
        story.s3(clock(), who, "GetObject", SHOP + region, key="site/" + page, region=region, vpce=vpce)
    return who


def report_function(story, clock):
    """A scheduled Lambda function: reads the database password, writes its log and a report."""
    arn = f"arn:aws:lambda:us-east-1:{PROD}:function:daily-report"
    story.call(clock(), service("events.amazonaws.com"), "lambda", "Invoke", data=True, read=False,
               request={"functionName": arn, "invocationType": "Event"}, extra={"functionVersion": arn + ":$LATEST"},
               resources=[{"accountId": PROD, "type": "AWS::Lambda::Function", "ARN": arn}])
    scope = {"issuerType": "AWS::Lambda::Function", "credentialsIssuedTo": arn, "sourceArn": arn, "sourceAccount": PROD}
    who = story.assume(clock(), service("lambda.amazonaws.com"), "DailyReportRole", "daily-report",
                       path="/service-role/", scope=scope)
    who = who.but(ip="192.0.2.30", agent=BOTO)
    read_database_secret(story, clock, who)
    at = clock()
    stream = f"{at:%Y/%m/%d}/[$LATEST]{Dice(iso(at)).hex(16)}"
    story.call(at, who, "logs", "CreateLogStream",
               request={"logGroupName": "/aws/lambda/daily-report", "logStreamName": stream})
    at = clock()
    story.s3(at, who, "PutObject", "example-reports", key=f"sales/{at:%Y-%m-%d-%H}.csv")


def read_database_secret(story, clock, who):
    secret = f"arn:aws:secretsmanager:us-east-1:{PROD}:secret:prod/shop/database-a1B2c3"
    at = clock()
    story.call(at, who, "secretsmanager", "GetSecretValue", request={"secretId": secret})
    via = "secretsmanager.amazonaws.com"
    for_secrets = who.but(identity={**who.identity, "invokedBy": via}, ip=via, agent=via)
    story.call(at, for_secrets, "kms", "Decrypt", resources=[kms_key("secrets", "us-east-1")],
               request={"encryptionContext": {"SecretARN": secret, "SecretVersionId": Dice("secret version").guid()},
                        "encryptionAlgorithm": "SYMMETRIC_DEFAULT"})


def scaling(story, clock, region):
    """Auto Scaling looks around through its service-linked role, whose sessions show no access key."""
    principal, role = "autoscaling.amazonaws.com", "AWSServiceRoleForAutoScaling"
    who = story.assume(clock(), service(principal), role, "AutoScaling", region=region,
                       path=f"/aws-service-role/{principal}/")
    identity = {k: v for k, v in who.identity.items() if k != "accessKeyId"}
    who = who.but(identity={**identity, "invokedBy": principal})
    for name in "DescribeInstanceStatus", "DescribeInstances":
        story.call(clock(), who, "ec2", name, region=region, request={"instancesSet": {}, "filterSet": {}})


def all_day(story):
    """Every three hours in production's main Region, less often elsewhere; each round within 5 minutes.

    Returns the web server's sessions by the hour.
    """
    servers = {}
    for hour in range(0, 37, 3):
        tick = f"{2 + hour // 24:02} {hour % 24:02}:00:12"
        clock = Clock(tick, 2, 7)
        trail_delivery(story, clock, PROD, "us-east-1", 9)
        other_delivery(story, clock, "us-east-1", 3)
        servers[hour] = web_server(story, clock, "us-east-1")
        report_function(story, clock)
        scaling(story, clock, "us-east-1")
        if hour % 6 == 0:
            clock = Clock(tick, 4, 10)
            trail_delivery(story, clock, PROD, "eu-west-1", 7)
            other_delivery(story, clock, "eu-west-1", 3)
            web_server(story, clock, "eu-west-1")
            clock = Clock(tick, 2, 6)
            trail_delivery(story, clock, SECURITY, "us-east-1", 10)
        if hour % 12 == 6:
            clock = Clock(tick, 4, 12)
            trail_delivery(story, clock, PROD, "us-west-2", 4)
            other_delivery(story, clock, "us-west-2", 2)
            scaling(story, clock, "us-west-2")
            clock = Clock(tick, 4, 12)
            trail_delivery(story, clock, SECURITY, "eu-west-1", 6)
    return servers


# -- scenes: Monday at work ----------------------------------------------------------------------


def single_sign_on(story, start):
    """The auditor signs in through IAM Identity Center, which lives in the security account."""
    clock = Clock(start, 3, 8)
    on_behalf = {
        "type": "IdentityCenterUser",
        "accountId": SECURITY,
        "onBehalfOf": {
            "userId": Dice("identity store user").guid(),
            "identityStoreArn": f"arn:aws:identitystore::{SECURITY}:identitystore/d-0123456789",
        },
        "credentialId": Dice("credential " + start).guid(),
    }
    who = Caller(on_behalf, OFFICE, BROWSER, SECURITY)
    workflow = Dice("workflow " + start).guid()
    for name, more in (
        ("CredentialChallenge", {"CredentialType": "PASSWORD,WEBAUTHN", "UserName": "auditor@example.com"}),
        ("CredentialVerification", {"CredentialType": "WEBAUTHN"}),
        ("UserAuthentication", {"CredentialType": "PASSWORD,WEBAUTHN", "LoginTo": "https://sso.example.com/start/"}),
    ):
        story.call(clock(), who, "signin", name, event_type="AwsServiceEvent", read=False, details={name: "Success"},
                   extra={"AuthWorkflowID": workflow, **more})

    provider = f"arn:aws:iam::{PROD}:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE"
    saml = Caller({
        "type": "SAMLUser",
        "principalId": "qualifierEXAMPLE=:auditor@example.com",
        "userName": "auditor@example.com",
        "identityProvider": "qualifierEXAMPLE=",
    }, "AWS Internal", "AWS Internal")
    who = story.assume(
        clock(), saml, "AWSReservedSSO_ReadOnlyAccess_0123456789abcdef", "auditor@example.com",
        action="AssumeRoleWithSAML", path="/aws-reserved/sso.amazonaws.com/", request={"principalArn": provider},
        response={"subject": "auditor@example.com", "subjectType": "persistent", "nameQualifier": "qualifierEXAMPLE=",
                  "issuer": "https://sso.example.com/saml", "audience": "https://signin.aws.amazon.com/saml"})
    return who.but(ip=OFFICE, agent="AWS Internal", console=True)


def audit(story, start):
    who = single_sign_on(story, start)
    clock = Clock(later(start, 60), 4, 13)
    look_around(story, clock, who)
    for name in "ListUsers", "GetAccountPasswordPolicy", "GetAccountSummary", "GetCredentialReport":
        story.call(clock(), who, "iam", name)
    story.call(clock(), who, "organizations", "DescribeOrganization")


def look_around(story, clock, who):
    """What the console asks for by itself when its pages open."""
    story.call(clock(), who, "health", "DescribeEventAggregates",
               request={"aggregateField": "eventTypeCategory", "filter": {"eventStatusCodes": ["open", "upcoming"]}})
    story.call(clock(), who, "cloudtrail", "DescribeTrails", request={"trailNameList": [], "includeShadowTrails": True})
    story.call(clock(), who, "cloudtrail", "GetTrailStatus",
               request={"name": f"arn:aws:cloudtrail:us-east-1:{PROD}:trail/prod-trail"})
    story.call(clock(), who, "monitoring", "DescribeAlarms", request={"maxRecords": 100})
    story.call(clock(), who, "ec2", "DescribeInstances",
               request={"maxResults": 100, "instancesSet": {}, "filterSet": {}})
    story.s3(clock(), who, "ListBuckets")


def administrator_signs_in(story, start):
    ops = user("ops-admin", OFFICE)
    clock = Clock(start, 5, 15)
    identity = {**ops.identity, "accessKeyId": ""}
    identity.pop("arn")
    story.call(clock(), ops.but(identity=identity, agent=BROWSER), "signin", "CheckMfa", event_type="AwsConsoleSignIn",
               request_id="", response={"CheckMfa": "Success"}, extra={"MfaType": "Virtual MFA"},
               host="us-east-1.signin.aws.amazon.com")
    at = clock()
    story.sign_in(at, ops, mfa="ops-admin-phone")
    return in_console(ops, at), clock


def administrator_morning(story, start):
    who, clock = administrator_signs_in(story, start)
    look_around(story, clock, who)
    for name in "DescribeSecurityGroups", "DescribeVolumes", "DescribeVpcs":
        story.call(clock(), who, "ec2", name, request={"maxResults": 100, "filterSet": {}})


def intern_morning(story, start):
    """A mistyped password, no second factor, and a port that should not be open."""
    intern = user("intern", "2001:db8:10::25")
    clock = Clock(start, 12, 28)
    for _ in range(2):
        story.sign_in(clock(), intern, error="Failed authentication", region="eu-west-1")
    at = clock()
    story.sign_in(at, intern, region="eu-west-1")
    who = in_console(intern, at, mfa=False)
    group, rule_id = ec2_id("sg", "bastion"), ec2_id("sgr", "open port")
    story.call(clock(), who, "ec2", "DescribeInstances", region="eu-west-1",
               request={"instancesSet": {}, "filterSet": {}})
    story.call(clock(), who, "ec2", "DescribeSecurityGroups", region="eu-west-1",
               request={"securityGroupSet": {}, "securityGroupIdSet": {"items": [{"groupId": group}]}, "filterSet": {}})
    story.call(clock(), who, "iam", "ListUsers", error=denied(who, "iam:ListUsers", f"arn:aws:iam::{PROD}:user/"))
    rule = {"ipProtocol": "tcp", "fromPort": 22, "toPort": 22}
    story.call(
        clock(), who, "ec2", "AuthorizeSecurityGroupIngress", region="eu-west-1",
        request={"groupId": group, "ipPermissions": {"items": [
            {**rule, "groups": {}, "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0", "description": "just for today"}]},
             "ipv6Ranges": {}, "prefixListIds": {}}]}},
        response={"requestId": Dice("open port").guid(), "_return": True, "securityGroupRuleSet": {"items": [
            {"groupOwnerId": PROD, "groupId": group, "securityGroupRuleId": rule_id,
             "description": "just for today", "isEgress": False, **rule, "cidrIpv4": "0.0.0.0/0"}]}})
    story.call(clock(), who, "ec2", "DescribeSecurityGroupRules", region="eu-west-1",
               request={"maxResults": 1000, "filterSet": {}})


def close_port(story, at, who):
    story.call(moment(at), who, "ec2", "RevokeSecurityGroupIngress", region="eu-west-1",
               request={"groupId": ec2_id("sg", "bastion"),
                        "securityGroupRuleIds": {"items": [{"securityGroupRuleId": ec2_id("sgr", "open port")}]}},
               response={"requestId": Dice("close port").guid(), "_return": True})


def run_instances(story, at, who, region, kind, number, error=None):
    image, subnet = ec2_id("ami", "linux " + region), ec2_id("subnet", region)
    asked = {
        "instancesSet": {"items": [{"imageId": image, "minCount": number, "maxCount": number}]},
        "instanceType": kind, "blockDeviceMapping": {}, "monitoring": {"enabled": False}, "subnetId": subnet,
        "disableApiTermination": False, "disableApiStop": False, "clientToken": Dice("token " + iso(at)).guid(),
    }
    ids = [ec2_id("i", f"{iso(at)} {i}") for i in range(number)]
    answer = None if error else {
        "requestId": Dice("run " + iso(at)).guid(), "reservationId": ec2_id("r", iso(at)),
        "ownerId": PROD, "groupSet": {},
        "instancesSet": {"items": [{
            "instanceId": id, "imageId": image, "instanceState": {"code": 0, "name": "pending"},
            "privateDnsName": f"ip-192-0-2-{100 + i}.ec2.internal", "amiLaunchIndex": i, "instanceType": kind,
            "launchTime": int((at - datetime.datetime(1970, 1, 1)).total_seconds()) * 1000,
            "placement": {"availabilityZone": region + "a", "tenancy": "default"}, "monitoring": {"state": "disabled"},
            "subnetId": subnet, "vpcId": ec2_id("vpc", region),
            "privateIpAddress": f"192.0.2.{100 + i}", "architecture": "x86_64",
        } for i, id in enumerate(ids)]},
    }
    story.call(at, who, "ec2", "RunInstances", region=region, request=asked, response=answer, error=error)
    return ids


def deploy(story, start):
    """deploy-bot's usual day: one role to look, a second one, assumed from the first, to change things."""
    region = "eu-west-1"
    bot = user("deploy-bot", CI_RUNNER, TERRAFORM)
    clock = Clock(start, 2, 7)
    story.call(clock(), bot, "sts", "GetCallerIdentity")
    # A global service's event in the folder of another Region, as old single-Region trails deliver them.
    story.call(clock(), bot, "iam", "GetRole", request={"roleName": "DeployRole"}, folder=region)
    looker = story.assume(clock(), bot, "DeployRole", "deploy", source_identity="deploy-bot")
    for name in "DescribeInstances", "DescribeSecurityGroups", "DescribeSubnets", "DescribeVpcs", "DescribeImages":
        story.call(clock(), looker, "ec2", name, region=region, request={"filterSet": {}})
    story.call(clock(), looker, "elasticloadbalancing", "DescribeTargetGroups", region=region,
               request={"names": ["shop-web"]})
    changer = story.assume(clock(), looker, "ReleaseRole", "release", source_identity="deploy-bot", region=region)
    ids = run_instances(story, clock(), changer, region, "t4g.small", 1)
    tags = [{"key": "Name", "value": "shop-web"}, {"key": "release", "value": f"2026.{start[:2]}.{start[3:5]}"}]
    story.call(clock(), changer, "ec2", "CreateTags", region=region, response={"_return": True},
               request={"resourcesSet": {"items": [{"resourceId": ids[0]}]}, "tagSet": {"items": tags}})
    group = f"arn:aws:elasticloadbalancing:{region}:{PROD}:targetgroup/shop-web/0123456789abcdef"
    story.call(clock(), changer, "elasticloadbalancing", "RegisterTargets", region=region,
               request={"targetGroupArn": group, "targets": [{"id": ids[0]}]})
    for name in "site/index.html", "site/shop.js", "site/prices.json":
        story.s3(clock(), changer, "PutObject", SHOP + region, key=name, region=region)
    update_function(story, clock, changer)


def update_function(story, clock, who, **others):
    arn = f"arn:aws:lambda:us-east-1:{PROD}:function:daily-report"
    story.call(clock(), who, "lambda", "GetFunction20150331v2", request={"functionName": "daily-report"})
    at = clock()
    story.call(at, who, "lambda", "UpdateFunctionCode20150331v2",
               request={"functionName": "daily-report", "s3Bucket": "example-builds", "s3Key": "daily-report.zip",
                        "publish": False, "dryRun": False},
               response={"functionName": "daily-report", "functionArn": arn, "runtime": "python3.13",
                         "role": f"arn:aws:iam::{PROD}:role/service-role/DailyReportRole", "handler": "report.main",
                         "codeSize": 48213, "lastModified": iso(at)[:-1] + ".000+0000", "version": "$LATEST"}, **others)


def pipeline(story, start, more=None):
    """The build system comes with a web identity of its own and needs no key."""
    provider = f"arn:aws:iam::{PROD}:oidc-provider/ci.example.com"
    subject = "project:shop/web:ref:main"
    token = Caller({
        "type": "WebIdentityUser",
        "principalId": f"{provider}:sts.amazonaws.com:{subject}",
        "userName": subject,
        "identityProvider": provider,
    }, "203.0.113.12", GO_SDK)
    clock = Clock(start, 3, 9)
    who = story.assume(
        clock(), token, "BuildRole", "build", action="AssumeRoleWithWebIdentity",
        response={"subjectFromWebIdentityToken": subject, "provider": provider, "audience": "sts.amazonaws.com"},
        extra={"identityProviderConnectionVerificationMethod": "IAMTrustStore"},
        federation={"federatedProvider": provider, "attributes": {}})
    for name in "daily-report.zip", "shop.tar.gz", "shop.tar.gz.sig":
        story.s3(clock(), who, "PutObject", "example-builds", key=name)
    update_function(story, clock, who, more=more)


def partner_support(story, start):
    """A partner's staff come through the partner's own SAML identity provider."""
    saml = Caller({
        "type": "SAMLUser",
        "principalId": "partnerqualifierEXAMPLE=:helpdesk@example.com",
        "userName": "helpdesk@example.com",
        "identityProvider": "partnerqualifierEXAMPLE=",
    }, PARTNER, BOTO)
    clock = Clock(start, 4, 15)
    who = story.assume(
        clock(), saml, "PartnerSupportRole", "helpdesk", action="AssumeRoleWithSAML",
        request={"principalArn": f"arn:aws:iam::{PROD}:saml-provider/partner"},
        response={"subject": "helpdesk@example.com", "subjectType": "persistent",
                  "nameQualifier": "partnerqualifierEXAMPLE=", "issuer": "https://login.example.com/saml",
                  "audience": "https://signin.aws.amazon.com/saml"})
    story.call(clock(), who, "ec2", "DescribeInstances", region="eu-west-1",
               request={"instancesSet": {}, "filterSet": {}})
    story.call(clock(), who, "logs", "DescribeLogGroups", request={"logGroupNamePrefix": "/aws/lambda/"})
    story.call(clock(), who, "monitoring", "DescribeAlarms", request={"maxRecords": 100})
    story.call(clock(), who, "ec2", "RebootInstances", region="eu-west-1", error=ec2_denied(who, "RebootInstances"),
               request={"instancesSet": {"items": [{"instanceId": ec2_id("i", "web eu-west-1")}]}})


def kiosk(story, start):
    """A broker hands out federated sessions for a kiosk in the lobby."""
    broker = user("portal-broker", "198.51.100.12", BOTO)
    clock = Clock(start, 3, 11)
    at = clock()
    arn, key = f"arn:aws:sts::{PROD}:federated-user/kiosk", temporary_key("kiosk " + start)
    story.call(at, broker, "sts", "GetFederationToken", read=False, request={"name": "kiosk", "durationSeconds": 3600},
               response={"credentials": {"accessKeyId": key, "sessionToken": "IQoEXAMPLESESSIONTOKEN",
                                         "expiration": local_text(after(at, 3600))},
                         "federatedUser": {"federatedUserId": f"{PROD}:kiosk", "arn": arn}})
    issuer = {k: broker.identity[k] for k in ("type", "principalId", "arn", "accountId", "userName")}
    guest = Caller({
        "type": "FederatedUser", "principalId": f"{PROD}:kiosk", "arn": arn, "accountId": PROD, "accessKeyId": key,
        "sessionContext": {"sessionIssuer": issuer,
                           "attributes": {"creationDate": iso(at), "mfaAuthenticated": "false"}},
    }, "198.51.100.90", BROWSER, PROD)
    story.s3(clock(), guest, "ListObjects", SHOP + "eu-west-1", prefix="site/", region="eu-west-1")
    for name in "site/index.html", "site/shop.js", "site/prices.json":
        story.s3(clock(), guest, "GetObject", SHOP + "eu-west-1", key=name, region="eu-west-1")


def operator(story, at, mfa=True):
    """ops-admin in the operations role: a session that carries the person's name along."""
    ops = user("ops-admin", OFFICE)
    return story.assume(moment(at), ops, "OpsRole", "ops-admin", source_identity="ops-admin", mfa=mfa,
                        request={"serialNumber": f"arn:aws:iam::{PROD}:mfa/ops-admin-phone"})


def check_security_account(story, start):
    """From the operations role on into the security account: a chain of two roles over two accounts."""
    who = operator(story, later(start, -25))
    who = story.assume(moment(start), who, "SecurityAuditRole", "ops-admin", account=SECURITY,
                       source_identity="ops-admin")
    clock = Clock(later(start, 8), 4, 14)
    story.call(clock(), who, "cloudtrail", "ListTrails")
    story.call(clock(), who, "organizations", "DescribeOrganization")
    story.call(clock(), who, "organizations", "ListAccounts")
    story.call(clock(), who, "guardduty", "ListDetectors", request={"maxResults": 50})
    story.s3(clock(), who, "GetBucketPolicy", ARCHIVE_BUCKET, request={"policy": ""})
    story.s3(clock(), who, "ListObjects", ARCHIVE_BUCKET, prefix="AWSLogs/")
    # A file in the other account's bucket: each account logs it in its own words.
    at, shared = clock(), Dice("shared report").guid()
    seen = who.but(identity={"type": "AWSAccount", "principalId": who.identity["principalId"], "accountId": SECURITY})
    for caller, account in (who, SECURITY), (seen, PROD):
        story.s3(at, caller, "GetObject", "example-reports", key="sales/2026-03-02-12.csv", account=account, owner=PROD,
                 shared=shared)


AUDIT_TRAIL_SINCE = moment("02 14:06:40")


def second_trail(story):
    """From here on each event of production's us-east-1 is delivered twice."""
    who = operator(story, "02 14:05:31")
    trail = f"arn:aws:cloudtrail:us-east-1:{PROD}:trail/audit-trail"
    settings = {"s3BucketName": ARCHIVE_BUCKET, "includeGlobalServiceEvents": True, "isMultiRegionTrail": False,
                "isOrganizationTrail": False}
    story.call(moment("02 14:06:02"), who, "cloudtrail", "CreateTrail",
               request={"name": "audit-trail", **settings, "enableLogFileValidation": True},
               response={"name": "audit-trail", **settings, "trailARN": trail, "logFileValidationEnabled": True})
    selectors = {"trailName": "audit-trail", "eventSelectors": [
        {"readWriteType": "All", "includeManagementEvents": True,
         "dataResources": [{"type": "AWS::S3::Object", "values": ["arn:aws:s3"]},
                           {"type": "AWS::Lambda::Function", "values": ["arn:aws:lambda"]}]}]}
    story.call(moment("02 14:06:21"), who, "cloudtrail", "PutEventSelectors", request=selectors,
               response={"trailARN": trail, "eventSelectors": selectors["eventSelectors"]})
    story.call(AUDIT_TRAIL_SINCE, who, "cloudtrail", "StartLogging", request={"name": trail})
    clock = Clock("02 14:07:20", 6, 15)
    story.call(clock(), who, "cloudtrail", "GetTrailStatus", request={"name": trail})
    story.call(clock(), who, "cloudtrail", "DescribeTrails", request={"trailNameList": [], "includeShadowTrails": True})
    close_port(story, "02 14:21:44", who)


def rotations(story):
    """Things that services do on their own: no caller, so no type of identity."""
    internal = Caller({"accountId": PROD, "invokedBy": "AWS Internal"}, "AWS Internal", "AWS Internal", PROD)
    for at, region in ("02 16:02:11", "us-east-1"), ("02 16:02:40", "eu-west-1"):
        key = kms_key("trail", region)
        story.call(moment(at), internal, "kms", "RotateKey", region=region, event_type="AwsServiceEvent", request_id="",
                   resources=[key], details={"rotationType": "AUTOMATIC", "keyId": key["ARN"].rpartition("/")[2]})
    name = "secretsmanager.amazonaws.com"
    manager = Caller({"accountId": PROD, "invokedBy": name}, name, name, PROD)
    secret = f"arn:aws:secretsmanager:us-east-1:{PROD}:secret:prod/shop/api-token-d4E5f6"
    for at, name in ("02 16:03:02", "RotationStarted"), ("02 16:03:47", "RotationSucceeded"):
        story.call(moment(at), manager, "secretsmanager", name, event_type="AwsServiceEvent",
                   extra={"SecretId": secret})


# -- scenes: Monday night ------------------------------------------------------------------------


def knocking(story, start):
    """Guessed names and passwords at the console."""
    clock = Clock(start, 9, 28)
    ghost = user("HIDDEN_DUE_TO_SECURITY_REASONS", ATTACKER)
    nobody = ghost.but(identity={k: v for k, v in ghost.identity.items() if k != "principalId"})
    for _ in range(3):
        story.sign_in(clock(), nobody, error="No username found in supplied account")
    for _ in range(4):
        story.sign_in(clock(), user("ops-admin", ATTACKER), error="Failed authentication")


def enumeration(story, start):
    """deploy-bot's key, from a new address: who am I, what may I do? Mostly nothing."""
    bot = user("deploy-bot", ATTACKER, BOTO)
    clock = Clock(start, 3, 8)
    story.call(clock(), bot, "sts", "GetCallerIdentity")
    for action in "GetAccountAuthorizationDetails", "ListUsers", "ListGroups", "GetAccountPasswordPolicy":
        story.call(clock(), bot, "iam", action, error=denied(bot, "iam:" + action))
    story.call(clock(), bot, "iam", "ListRoles")
    names = "deploy-bot", "ops-admin", "intern", "portal-broker", "backup-user", "auditor"
    for name in names * 3:
        target = f"arn:aws:iam::{PROD}:user/{name}"
        story.call(clock(), bot, "iam", "ListAttachedUserPolicies",
                   error=denied(bot, "iam:ListAttachedUserPolicies", target))
    for region in "us-east-1", "eu-west-1", "us-west-2":
        for action in "DescribeInstances", "DescribeSecurityGroups", "DescribeKeyPairs", "DescribeSnapshots":
            story.call(clock(), bot, "ec2", action, region=region, request={"filterSet": {}},
                       error=ec2_denied(bot, action))
    story.s3(clock(), bot, "ListBuckets")
    for bucket in "example-customer-exports", "example-reports", "example-builds":
        story.s3(clock(), bot, "GetBucketPolicy", bucket, request={"policy": ""}, error=S3_DENIED)
    for source, name, action in (
        ("secretsmanager", "ListSecrets", "secretsmanager:ListSecrets"),
        ("lambda", "ListFunctions20150331", "lambda:ListFunctions"),
        ("ssm", "DescribeParameters", "ssm:DescribeParameters"),
    ):
        story.call(clock(), bot, source, name, error=denied(bot, action, code="AccessDeniedException"))
    story.call(clock(), bot, "cloudtrail", "DescribeTrails", request={"trailNameList": [], "includeShadowTrails": True})
    story.call(clock(), bot, "sts", "AssumeRole",
               error=denied(bot, "sts:AssumeRole", f"arn:aws:iam::{SECURITY}:role/SecurityAuditRole"))


def foothold(story, start):
    """What deploy-bot may do after all: give a key, and then every right, to another user."""
    bot = user("deploy-bot", ATTACKER, BOTO)
    clock = Clock(start, 12, 40)
    admin = "arn:aws:iam::aws:policy/AdministratorAccess"
    for name in "deploy-bot", "intern":
        story.call(clock(), bot, "iam", "AttachUserPolicy",
                   error=denied(bot, "iam:AttachUserPolicy", "user " + name))
    story.call(clock(), bot, "iam", "CreateAccessKey", error=denied(bot, "iam:CreateAccessKey", "user ops-admin"))
    at = clock()
    story.call(at, bot, "iam", "CreateAccessKey", request={"userName": "backup-user"},
               response={"accessKey": {"userName": "backup-user", "accessKeyId": unique_id("AKIA", "BACKUPKEY"),
                                       "status": "Active", "createDate": local_text(at)}})
    story.call(clock(), bot, "iam", "AttachUserPolicy", request={"userName": "backup-user", "policyArn": admin})
    backup = user("backup-user", ATTACKER, BOTO, key="BACKUPKEY")
    story.call(clock(), backup, "sts", "GetCallerIdentity")
    story.call(clock(), backup, "iam", "ListAttachedUserPolicies", request={"userName": "backup-user"})
    return story.assume(clock(), backup, "AdminRole", "support", hours=12).but(ip=ATTACKER_V6)


SECRETS = "prod/shop/database-a1B2c3", "prod/shop/api-token-d4E5f6"


def theft(story, start, who):
    clock = Clock(start, 5, 16)
    story.call(clock(), who, "secretsmanager", "ListSecrets", request={"maxResults": 100})
    read_database_secret(story, clock, who)
    story.s3(clock(), who, "ListObjects", "example-customer-exports", prefix="")
    for name in "customers", "orders", "addresses", "invoices":
        for month in "2026-01", "2026-02":
            story.s3(clock(), who, "GetObject", "example-customer-exports", key=f"{name}/{month}.csv")
    at = clock()
    story.call(at, who, "iam", "CreateUser", request={"userName": "svc-monitor"},
               response={"user": {"path": "/", "userName": "svc-monitor", "userId": unique_id("AIDA", "SVCMONITOR"),
                                  "arn": f"arn:aws:iam::{PROD}:user/svc-monitor", "createDate": local_text(at)}})


def mining(story, start, who):
    """Machines in a Region where nobody works."""
    clock = Clock(start, 6, 20)
    region = "us-west-2"
    story.call(clock(), who, "ec2", "DescribeInstanceTypes", region=region,
               request={"maxResults": 100, "filterSet": {}})
    story.call(clock(), who, "ec2", "CreateKeyPair", region=region, request={"keyName": "support", "keyType": "rsa"},
               response={"requestId": Dice("key pair").guid(), "keyName": "support",
                         "keyPairId": ec2_id("key", "support"), "keyMaterial": "<sensitiveDataRemoved>"})
    limit = ("Client.VcpuLimitExceeded",
             "You have requested more vCPU capacity than your current vCPU limit of 0 allows for the instance bucket "
             "that the specified instance type belongs to.")
    for kind in "p4d.24xlarge", "p3.16xlarge", "g5.12xlarge":
        run_instances(story, clock(), who, region, kind, 4, error=limit)
    return run_instances(story, clock(), who, region, "c6i.8xlarge", 3)


def cover_up(story, start, who):
    """The organization's policy holds: nobody in a member account may touch the trails."""
    clock = Clock(start, 4, 11)
    why = "with an explicit deny in a service control policy"
    for trail in "prod-trail", "audit-trail":
        arn = f"arn:aws:cloudtrail:us-east-1:{PROD}:trail/{trail}"
        story.call(clock(), who, "cloudtrail", "GetTrailStatus", request={"name": arn})
        for action in "StopLogging", "DeleteTrail":
            story.call(clock(), who, "cloudtrail", action, request={"name": arn},
                       error=denied(who, "cloudtrail:" + action, arn, why))
    story.call(clock(), who, "organizations", "LeaveOrganization",
               error=denied(who, "organizations:LeaveOrganization", why=why))


def last_files(story, start, who):
    """Around midnight: these lie in the next day's folder."""
    clock = Clock(start, 7, 22)
    story.s3(clock(), who, "ListObjects", "example-reports", prefix="sales/")
    for hour in "06", "09", "12", "15", "18", "21":
        story.s3(clock(), who, "GetObject", "example-reports", key=f"sales/2026-03-02-{hour}.csv")


def network_activity(story, server):
    """What the owner of a VPC endpoint sees: the owner's server, and somebody who brought other keys."""
    stranger = {"type": "AWSAccount", "principalId": unique_id("AIDA", "STRANGER"), "accountId": OUTSIDER}
    refused = {"errorCode": "VpceAccessDenied", "errorMessage": "The request was denied due to a VPC endpoint policy"}
    for at, who, source, name, error in (
        ("02 22:16:05", server.identity, "secretsmanager", "GetSecretValue", {}),
        ("02 22:16:51", stranger, "secretsmanager", "PutSecretValue", refused),
        ("02 22:17:20", stranger, "kms", "Encrypt", refused),
        ("02 22:18:02", server.identity, "kms", "Decrypt", {}),
    ):
        dice = story.dice("network", at)
        story.add(moment(at), {
            "eventVersion": "1.11", "userIdentity": who, "eventTime": iso(moment(at)),
            "eventSource": source + ".amazonaws.com", "eventName": name, "awsRegion": "us-east-1",
            "sourceIPAddress": INSTANCE, **error, "requestID": dice.guid(), "eventID": dice.guid(),
            "eventType": "AwsVpceEvent", "recipientAccountId": PROD, "sharedEventID": dice.guid(),
            "vpcEndpointId": ec2_id("vpce", "us-east-1"), "vpcEndpointAccountId": PROD,
            "eventCategory": "NetworkActivity",
        }, kind="CloudTrail-NetworkActivity")


def insight(story):
    """CloudTrail itself noticed the wave of refusals."""
    bot = f"arn:aws:iam::{PROD}:user/deploy-bot"
    incident = Dice("insight").guid()
    for at, state, average, more in (
        ("02 21:42:00", "Start", 9.0, {}),
        ("02 21:44:00", "End", 6.5, {"insightDuration": 2}),
    ):
        context = {
            "statistics": {
                "baseline": {"average": 9.92063E-5}, "insight": {"average": average}, **more, "baselineDuration": 10080,
            },
            "attributions": [
                {"attribute": "userIdentityArn", "insight": [{"value": bot, "average": average}], "baseline": []},
                {"attribute": "userAgent", "insight": [{"value": BOTO, "average": average}], "baseline": []},
            ],
        }
        story.add(moment(at), {
            "eventVersion": "1.09", "eventTime": iso(moment(at)), "awsRegion": "us-east-1",
            "eventID": Dice("insight " + state).guid(), "eventType": "AwsCloudTrailInsight", "recipientAccountId": PROD,
            "sharedEventID": incident,
            "insightDetails": {
                "state": state, "eventSource": "iam.amazonaws.com", "eventName": "ListAttachedUserPolicies",
                "insightType": "ApiErrorRateInsight", "errorCode": "AccessDenied", "insightContext": context,
            },
            "eventCategory": "Insight",
        }, kind="CloudTrail-Insight")


# -- scenes: Tuesday -----------------------------------------------------------------------------


def discovery(story, start):
    who, clock = administrator_signs_in(story, start)
    look_around(story, clock, who)
    for key, value in (
        ("Username", "deploy-bot"),
        ("Username", "backup-user"),
        ("AccessKeyId", unique_id("AKIA", "BACKUPKEY")),
    ):
        story.call(clock(), who, "cloudtrail", "LookupEvents",
                   request={"lookupAttributes": [{"attributeKey": key, "attributeValue": value}], "maxResults": 50})


def break_glass(story, start):
    """Root signs in with its second factor and takes the keys and rights back."""
    account = root(PROD, OFFICE)
    at = moment(start)
    story.sign_in(at, account, mfa="root-account-mfa-device")
    who = in_console(account, at)
    clock = Clock(later(start, 25), 9, 25)
    story.call(clock(), who, "iam", "GetAccountSummary")
    story.call(clock(), who, "iam", "ListAccessKeys", request={"userName": "backup-user"})
    for name, key in ("deploy-bot", "deploy-bot"), ("backup-user", "BACKUPKEY"):
        story.call(clock(), who, "iam", "UpdateAccessKey",
                   request={"userName": name, "accessKeyId": unique_id("AKIA", key), "status": "Inactive"})
    story.call(clock(), who, "iam", "DeleteAccessKey",
               request={"userName": "backup-user", "accessKeyId": unique_id("AKIA", "BACKUPKEY")})
    story.call(clock(), who, "iam", "DetachUserPolicy",
               request={"userName": "backup-user", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"})
    policy = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Deny", "Action": ["*"], "Resource": ["*"],
        "Condition": {"DateLessThan": {"aws:TokenIssueTime": iso(clock.now)}},
    }]}
    story.call(clock(), who, "iam", "PutRolePolicy", request={
        "roleName": "AdminRole", "policyName": "AWSRevokeOlderSessions", "policyDocument": json.dumps(policy)})
    story.call(clock(), who, "iam", "DeleteUser", request={"userName": "svc-monitor"})


def clean_up(story, start, machines):
    who = operator(story, start)
    clock = Clock(later(start, 20), 8, 22)
    region = "us-west-2"
    instances = {"items": [{"instanceId": id} for id in machines]}
    story.call(clock(), who, "ec2", "DescribeInstances", region=region,
               request={"instancesSet": instances, "filterSet": {}})
    story.call(clock(), who, "ec2", "TerminateInstances", region=region, request={"instancesSet": instances},
               response={"requestId": Dice("terminate").guid(), "instancesSet": {"items": [
                   {"instanceId": id, "currentState": {"code": 32, "name": "shutting-down"},
                    "previousState": {"code": 16, "name": "running"}} for id in machines]}})
    story.call(clock(), who, "ec2", "DeleteKeyPair", region=region, request={"keyName": "support"},
               response={"_return": True})
    for secret in SECRETS:
        arn = f"arn:aws:secretsmanager:us-east-1:{PROD}:secret:{secret}"
        story.call(clock(), who, "secretsmanager", "RotateSecret", request={"secretId": arn, "rotateImmediately": True},
                   response={"arn": arn})


def locked_out(story, start, who):
    """The attacker's session comes back once more, and is refused."""
    clock = Clock(start, 8, 30)
    refused = denied(who, "secretsmanager:GetSecretValue", "prod/shop/database",
                     "with an explicit deny in an identity-based policy", "AccessDeniedException")
    story.call(clock(), who, "sts", "GetCallerIdentity")
    for _ in range(3):
        story.call(clock(), who, "secretsmanager", "GetSecretValue", error=refused)
    story.s3(clock(), who, "GetObject", "example-customer-exports", key="customers/2026-02.csv", error=S3_DENIED)
    story.s3(clock(), who, "ListBuckets", error=S3_DENIED)


def whole_story():
    story = Story()
    servers = all_day(story)
    audit(story, "02 07:31:05")
    administrator_morning(story, "02 08:15:30")
    intern_morning(story, "02 09:01:20")
    deploy(story, "02 09:31:02")
    # One record has a field that nobody has heard of yet.
    pipeline(story, "02 10:41:10", more={"workloadContext": {"workloadId": "shop-web", "stage": 3}})
    partner_support(story, "02 11:11:15")
    kiosk(story, "02 11:31:40")
    check_security_account(story, "02 13:06:00")
    second_trail(story)
    deploy(story, "02 15:00:40")
    rotations(story)
    knocking(story, "02 21:01:06")
    enumeration(story, "02 21:41:07")
    insight(story)
    attacker = foothold(story, "02 21:57:15")
    theft(story, "02 22:11:30", attacker)
    network_activity(story, servers[21])
    machines = mining(story, "02 22:31:20", attacker)
    cover_up(story, "02 22:41:08", attacker)
    last_files(story, "02 23:56:10", attacker)
    discovery(story, "03 07:41:00")
    break_glass(story, "03 08:06:05")
    clean_up(story, "03 08:31:00", machines)
    locked_out(story, "03 09:01:20", attacker)
    pipeline(story, "03 09:02:10")
    audit(story, "03 12:00:35")
    return story.events


# -- delivery ------------------------------------------------------------------------------------


def rounded_up(at):
    """The time in a log file's name: its newest event's, up to the next 5 minutes."""
    past = (at.minute % 5) * 60 + at.second
    return after(at, (300 - past) % 300)


def gzipped(data):
    """gzip without a file name, a time or the system's mark."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = packer.compress(data) + packer.flush()
    return b"\x1f\x8b\x08\0\0\0\0\0\x02\xff" + body + struct.pack("<II", zlib.crc32(data), len(data))


@dataclasses.dataclass(frozen=True)
class LogFile:
    key: str
    data: bytes  # uncompressed
    time: datetime.datetime  # as in its name
    oldest: datetime.datetime
    newest: datetime.datetime


def log_file(account, kind, region, time, name, data, oldest, newest, organization=None):
    folder = f"AWSLogs/{organization}/{account}" if organization else f"AWSLogs/{account}"
    key = f"{folder}/{kind}/{region}/{time:%Y/%m/%d}/{account}_{kind}_{region}_{time:%Y%m%dT%H%M}Z_{name}.json.gz"
    return LogFile(key, data, time, oldest, newest)


def deliver(events, trail, at_most, organization=None):
    """A trail's log files: per account, Region and 5 minutes, in no particular order inside."""
    slots = {}
    for event in events:
        slots.setdefault((event.account, event.kind, event.region, rounded_up(event.at)), []).append(event)
    if trail == "audit-trail":
        slots = held_back(slots)
    files = []
    for (account, kind, region, slot), batch in sorted(slots.items()):
        dice = Dice(f"{trail} {account} {kind} {region} {iso(slot)}")
        batch.sort(key=lambda event: (event.at, event.text))
        dice.shuffle(batch)
        parts = -(-len(batch) // at_most)
        for part in range(parts):
            some = batch[part::parts]
            oldest, newest = min(e.at for e in some), max(e.at for e in some)
            time = rounded_up(newest)
            if kind == "CloudTrail-Insight":  # these are not on 5 minutes
                time = after(newest, 23 * 60)
            text = '{"Records":[' + ",".join(e.text for e in some) + "]}"
            name = dice.text(ALPHANUMERIC, 16)
            files.append(log_file(account, kind, region, time, name, text.encode(), oldest, newest, organization))
    return files


def held_back(slots):
    """Some events come one file later, so that two trails' copies lie in files of different times."""
    moved = {}
    for slot, batch in slots.items():
        following = (*slot[:3], after(slot[3], 300))
        for i, event in enumerate(batch):
            late = i % 6 == 5 and following in slots
            moved.setdefault(following if late else slot, []).append(event)
    return moved


def digests(files):
    """Two hours of the audit trail's digest files. Hashes are true, signatures and fingerprint are not."""
    end, previous = moment("02 14:07:12"), None
    for _ in range(2):
        start, end = end, after(end, 3600)
        covered = [file for file in files if start < file.time <= end]
        key = (f"AWSLogs/{PROD}/CloudTrail-Digest/us-east-1/{end:%Y/%m/%d}/"
               f"{PROD}_CloudTrail-Digest_us-east-1_audit-trail_us-east-1_{end:%Y%m%dT%H%M%S}Z.json.gz")
        text = json.dumps({
            "awsAccountId": PROD,
            "digestStartTime": iso(start),
            "digestEndTime": iso(end),
            "digestS3Bucket": ARCHIVE_BUCKET,
            "digestS3Object": key,
            "digestPublicKeyFingerprint": Dice("fingerprint").hex(32),
            "digestSignatureAlgorithm": "SHA256withRSA",
            "newestEventTime": iso(max(file.newest for file in covered)),
            "oldestEventTime": iso(min(file.oldest for file in covered)),
            "previousDigestS3Bucket": previous and ARCHIVE_BUCKET,
            "previousDigestS3Object": previous and previous.key,
            "previousDigestHashValue": previous and hashlib.sha256(previous.data).hexdigest(),
            "previousDigestHashAlgorithm": previous and "SHA-256",
            "previousDigestSignature": previous and Dice("signature " + iso(start)).hex(512),
            "logFiles": [{
                "s3Bucket": ARCHIVE_BUCKET,
                "s3Object": file.key,
                "hashValue": hashlib.sha256(file.data).hexdigest(),
                "hashAlgorithm": "SHA-256",
                "newestEventTime": iso(file.newest),
                "oldestEventTime": iso(file.oldest),
            } for file in covered],
        }, separators=(",", ":"))
        previous = LogFile(key, text.encode(), end, start, end)
        yield previous


def aggregated(events):
    """Five minutes of S3 data events, counted. No events: a loader has to leave this file alone."""
    start, end = moment("02 22:10:00"), moment("02 22:15:00")
    records = [json.loads(event.text) for event in events if start <= event.at < end and event.account == PROD]
    names = [r["eventName"] for r in records if r["eventSource"] == "s3.amazonaws.com" and not r["managementEvent"]]
    counts = [{"name": name, "value": names.count(name)} for name in sorted(set(names))]
    record = {
        "eventVersion": "1.0", "accountId": PROD, "eventId": Dice("aggregated").guid(), "eventCategory": "Aggregated",
        "eventType": "AwsAggregatedEvent", "awsRegion": "us-east-1", "eventSource": "s3.amazonaws.com",
        "timeWindow": {"windowStart": iso(start), "windowEnd": iso(end), "windowSize": "PT5M"},
        "summary": {
            "primaryDimension": {"dimension": "eventName", "statistics": counts, "aggregationType": "Count"},
            "details": [{"dimension": "sourceIpAddress", "statistics": [{"name": ATTACKER_V6, "value": len(names)}],
                         "aggregationType": "Count"}],
        },
    }
    data = json.dumps({"Records": [record]}, separators=(",", ":")).encode()
    name = Dice("aggregated file").text(ALPHANUMERIC, 16)
    return log_file(PROD, "CloudTrail-Aggregated", "us-east-1", end, name, data, start, end)


def main():
    events = whole_story()
    prod = [event for event in events if event.account == PROD]
    second = [event for event in prod
              if (event.region, event.kind) == ("us-east-1", "CloudTrail") and event.at >= AUDIT_TRAIL_SINCE]
    audit_files = deliver(second, "audit-trail", 50)
    files = [
        *deliver(prod, "prod-trail", 50),
        *audit_files,
        *deliver([event for event in events if event.account == SECURITY], "org-trail", 50, ORGANIZATION),
        *digests(audit_files),
        aggregated(events),
    ]
    shutil.rmtree(LOGS, ignore_errors=True)
    for file in files:
        path = LOGS / file.key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzipped(file.data))


if __name__ == "__main__":
    main()
