# SPDX-License-Identifier: Apache-2.0
"""The ways in: password, token, application credential; from options, environment, clouds.yaml and secure.yaml."""
import os

from harness import case
from session import fetch


def account(c):
    return c.backend.clouds["demo"]


def config(c, name, text):
    """A file where the openstack client looks for it: ~/.config/openstack."""
    folder = c.rezone.home + "/.config/openstack"
    os.makedirs(folder, exist_ok=True)
    with open("%s/%s" % (folder, name), "w") as f:
        f.write(text)
    os.chmod("%s/%s" % (folder, name), 0o600)
    c.rezone.env.pop("OS_CLIENT_CONFIG_FILE", None)


def works(c, **kw):
    c.rezone("check", **kw).expect(0).says("az1")


@case()
def environment_alone(c):
    a = account(c)
    c.rezone.env.pop("OS_CLIENT_CONFIG_FILE")
    works(c, cloud=None, env={"OS_AUTH_URL": a["auth_url"], "OS_USERNAME": "demo", "OS_PASSWORD": a["password"],
                              "OS_PROJECT_NAME": "demo", "OS_USER_DOMAIN_ID": "default", "OS_PROJECT_DOMAIN_ID": "default",
                              "OS_REGION_NAME": "RegionOne"})


@case()
def password_from_secure_yaml(c):
    a = account(c)
    config(c, "clouds.yaml", """
clouds:
  home:
    auth: &auth
      auth_url: %s
      username: demo
      password: not-this-one
      project_name: demo
      user_domain_id: default
      project_domain_id: default
    region_name: RegionOne
""" % a["auth_url"])
    c.rezone("check", cloud="home").expect(5)
    config(c, "secure.yaml", "clouds:\n  home:\n    auth:\n      password: '%s'\n" % a["password"])
    works(c, cloud="home")


@case()
def options_beat_the_file(c):
    config(c, "clouds.yaml", """
clouds:
  home: {auth: {auth_url: "%s", username: demo, password: wrong, project_name: demo, user_domain_name: Default,
                project_domain_name: Default}, region_name: RegionNone}
""" % account(c)["auth_url"])
    works(c, cloud="home", env={"OS_PASSWORD": account(c)["password"], "OS_REGION_NAME": "RegionOne"})
    run = c.rezone("--os-password", account(c)["password"], "--os-region-name", "RegionOne", "check", cloud="home")
    run.expect(0)


@case()
def token(c):
    """It cannot be renewed, but it is good for a move."""
    a = account(c)
    sid = c.boot()
    env = {"OS_AUTH_TYPE": "token", "OS_TOKEN": c.cloud.demo.token, "OS_AUTH_URL": a["auth_url"], "OS_PROJECT_NAME": "demo",
           "OS_PROJECT_DOMAIN_ID": "default", "OS_REGION_NAME": "RegionOne"}
    c.rezone.env.pop("OS_CLIENT_CONFIG_FILE")
    move = c.rezone.move(sid, "--to", "az2", cloud=None, env=env).expect(0).move()
    assert move["state"] == "moved"
    c.rezone.env.update(env)
    c.moves = lambda: c.rezone("-f", "json", "status", cloud=None).expect(0).json


@case()
def application_credential(c):
    """Bound to its project: a scope in the request would be refused."""
    a, url = account(c), account(c)["auth_url"].rstrip("/")
    url += "" if url.endswith("/v3") else "/v3"
    if c.kind == "fake":
        cid, secret = "appcred-demo", "appcred-secret"
    else:
        head = {"X-Auth-Token": c.cloud.demo.token}
        path = "%s/users/%s/application_credentials" % (url, c.cloud.demo.user)
        # The role by name: without it Keystone takes the token's, which a busy one may mix up.
        asked = {"name": c.name("cred"), "secret": "e2e-appcred-secret", "roles": [{"name": "member"}]}
        reply = fetch("POST", path, {"application_credential": asked}, head)
        assert reply.status == 201, str(reply)
        cid, secret = reply.json["application_credential"]["id"], "e2e-appcred-secret"
        c.later(fetch, "DELETE", "%s/%s" % (path, cid), None, head)
    config(c, "clouds.yaml", """
clouds:
  app:
    auth_type: v3applicationcredential
    auth:
      auth_url: %s
      application_credential_id: %s
      application_credential_secret: %s
    region_name: RegionOne
""" % (a["auth_url"], cid, secret))
    sid = c.boot()
    move = c.rezone.move(sid, "--to", "az2", cloud="app").expect(0).move()
    assert move["state"] == "moved"
    c.moves = lambda: c.rezone("-f", "json", "status", cloud="app").expect(0).json


@case()
def another_projects_moves_are_not_resumed(c):
    """resume without ID: the runs of this cloud and project only."""
    sid = c.boot()
    move = c.rezone.move(sid, "--to", "az2").expect(0).move()
    c.rezone("resume", "-y", cloud="demo2").expect(0)
    run = c.rezone("commit", move["id"], "-y", cloud="demo2").expect(3)
    run.says(c.cloud.demo.project)
    assert c.cloud.server(sid)
