"""Measures the analytics schema with rows of the benchmark's shape, made by SQL.

Usage: python Benchmarks/store/schema.py FOLDER   (needs the wheel that scripts/engine-requirements.txt pins)

Prints CPU time and bytes a span of 10 M spans with every derived table and all merges, then query times. CPU time counts
the whole process, so producing the rows from the source table is included (some 1.5 us a span).
"""

import glob
import os
import re
import resource
import sys
import time

from chdb import session

folder = sys.argv[1]
s = session.Session(folder)


def q(sql):
    return str(s.query(sql, "TSV")).strip()


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
P=open(ROOT+"/Sources/Domain/Telemetry/Blocks/PromotedAttribute.swift").read()
cases=re.findall(r"case (\w+) = (\d+)",P); keys=dict(re.findall(r'case \.(\w+): "([a-z_]+\.[\w.]+)"',P)); cols=dict(re.findall(r'case \.(\w+): "([a-z_]+)"',P))
ints={'inputTokens','outputTokens','cachedTokens','cacheCreationTokens','reasoningTokens'}
bits=", ".join(b for _,b in cases)
sel=lambda a:f"arrayFilter((x, bit) -> bitTest(promoted, bit), [{a}], [{bits}])"
k=", ".join(f"'{keys[c]}'" for c,_ in cases); v=", ".join(f"toString({'ifNull(%s, 0)'%cols[c] if c in ints else cols[c]})" for c,_ in cases); t=", ".join("3" if c in ints else "1" for c,_ in cases)
ALL=f"CAST((arrayConcat({sel(k)}, mapKeys(attributes)), arrayConcat({sel(v)}, mapValues(attributes))), 'Map(LowCardinality(String), String)')"
TYP=f"arrayConcat({sel(t)}, attribute_types)"
def statements():
    out=[]
    for f in sorted(glob.glob(ROOT+"/Sources/Adapters/AnalyticsStore/Migrations/0*.swift")):
        for s in re.findall(r'"""\n(.*?)\n\s*"""',open(f).read(),re.S):
            out.append(s.replace(r"\(PromotedAttributeSQL.allAttributes)",ALL).replace(r"\(PromotedAttributeSQL.allAttributeTypes)",TYP))
    return out

COLS="tenant,trace_id,span_id,parent_span_id,trace_state,flags,name,kind,start_time,duration_ns,status_code,status_message,service_name,resource_id,scope_name,scope_version,dropped_attributes,provider,operation,request_model,response_model,input_tokens,output_tokens,cached_tokens,cache_creation_tokens,reasoning_tokens,ttft_ns,tpot_ns,finish_reason,session_id,user_id,error_type,gpu_ids,node_id,batch_id"
N = 4_000_000
q("CREATE DATABASE IF NOT EXISTS bench")
q("DROP TABLE IF EXISTS bench.staging SYNC")
q(f"""create table bench.staging engine=MergeTree order by tuple() settings index_granularity=8192 as
with number as n, intDiv(n,10) as t, n%10 as k, sipHash64(t,7) as rt, sipHash64(n,3) as rn,
 ['gpt-4o','llama-3.1-70b','llama-3.1-8b','mistral-large','qwen2.5-72b','claude-3-5','gemma-2-27b','phi-3'] as models,
 models[rt%8+1] as model,
 ['chat','text_completion','embeddings'] as ops,
 ['vllm','openai','anthropic'] as provs
select toUInt32(1) as tenant, reinterpretAsFixedString(sipHash128(t))::FixedString(16) as trace_id, sipHash64(n,1) as span_id,
 if(k=0,toUInt64(0),sipHash64(n-1-(rn%k),1)) as parent_span_id, '' as trace_state, toUInt32(1) as flags,
 concat(ops[rt%3+1],' ',['handle','retrieve','rerank','prompt','generate','tool','postprocess','embed','guard','log'][k+1])::LowCardinality(String) as name,
 toUInt8(if(k=0,2,if(k%3=0,3,1))) as kind,
 fromUnixTimestamp64Nano(toInt64(1795248000000000000 + t*100000 + k*3000000 + rn%2000000), 'UTC') as start_time,
 toInt64(1000000 + pow(10, 5+ (rn%4000)/1000.0) + rn%1000) as duration_ns,
 toUInt8(if(rn%50=0,2,1)) as status_code, if(rn%50=0,'upstream timed out','') as status_message,
 ['gateway','rag','inference','embedder','tools'][rt%5+1]::LowCardinality(String) as service_name,
 sipHash64(rt%5) as resource_id, 'opentelemetry.instrumentation.llm'::LowCardinality(String) as scope_name, '1.2.0'::LowCardinality(String) as scope_version,
 ['gen_ai.provider.name','gen_ai.operation.name','gen_ai.request.model','gen_ai.response.model','gen_ai.usage.input_tokens','gen_ai.usage.output_tokens',
  'http.request.method','http.route','server.address','user.id','retry.count']::Array(LowCardinality(String)) as akeys,
 [provs[rt%3+1],ops[rt%3+1],model,concat(model,'-2026-08'),toString(rn%4096),toString(intDiv(rn,4096)%900),
  'POST',concat('/v1/route/',toString(rn%20)),concat('10.0.0.',toString(rn%32),':8000'),concat('user-',toString(rt%10000)),toString(rn%3)] as avals,
 [1,1,1,1,3,3,1,1,1,1,3]::Array(UInt8) as atypes,
 toUInt32(0) as dropped_attributes,
 provs[rt%3+1]::LowCardinality(String) as provider, ops[rt%3+1]::LowCardinality(String) as operation, model::LowCardinality(String) as request_model,
 concat(model,'-2026-08')::LowCardinality(String) as response_model,
 toNullable(rn%4096)::Nullable(UInt64) as input_tokens, toNullable(intDiv(rn,4096)%900)::Nullable(UInt64) as output_tokens,
 null::Nullable(UInt64) as cached_tokens, null::Nullable(UInt64) as cache_creation_tokens, null::Nullable(UInt64) as reasoning_tokens,
 null::Nullable(Int64) as ttft_ns, null::Nullable(Int64) as tpot_ns, ''::LowCardinality(String) as finish_reason,
 '' as session_id, concat('user-',toString(rt%10000)) as user_id, ''::LowCardinality(String) as error_type,
 []::Array(LowCardinality(String)) as gpu_ids, ''::LowCardinality(String) as node_id, sipHash64(intDiv(n,500)) as batch_id
from numbers({N}) settings max_insert_threads=1""")
q("drop database if exists ax sync"); q("create database ax"); q("use ax")
for x in statements(): q(x)
PR="toUInt32(1087) as promoted"
c0=cpu(); t0=time.time()
for k in range(3):
    off=f"start_time + toIntervalSecond({k*45}) as start_time"
    cols=COLS.replace("trace_id,span_id,parent_span_id",f"reinterpretAsFixedString(sipHash128(trace_id,{k}))::FixedString(16) as trace_id,span_id,parent_span_id").replace("start_time",off) if k else COLS
    lim=" limit 2000000" if k==2 else ""
    sel=f"select {cols},mapFromArrays(arrayConcat(arraySlice(akeys,7,3),arraySlice(akeys,11,1)),arrayConcat(arraySlice(avals,7,3),arraySlice(avals,11,1))),arraySlice(atypes,8,4),{PR} from bench.staging{lim} settings max_threads=1, max_block_size=50000, min_insert_block_size_rows=50000, max_insert_threads=1"
    q(f"insert into ax.spans ({COLS},attributes,attribute_types,promoted) "+sel)
ins=cpu()-c0
while True:
    time.sleep(1.5)
    if q("select count() from system.merges")=="0": break
N=int(q("select count() from ax.spans"))
print(f"rows {N} insert {ins/N*1e6:.2f} +merges {(cpu()-c0)/N*1e6:.2f} us CPU/span (reading the source included) wall {time.time()-t0:.0f}")
print(q(f"select table, count(), sum(rows), sum(bytes_on_disk)/{N} from system.parts where database='ax' and active group by 1"))
def t(name,f):
    ts=[]
    for i in range(20):
        x=f(i)+" settings use_query_condition_cache=0"; t0=time.time(); r=q(x); ts.append((time.time()-t0)*1000)
    ts.sort(); print(f"{name:44s} p50 {ts[10]:.0f} p95 {ts[18]:.0f} ms  [{r[:50]!r}]", flush=True)
ids=q("select hex(trace_id) from ax.spans where cityHash64(span_id)%400000=0 limit 20").split()
t("trace by id (all columns)",lambda i:f"select count(), any(name), any(attributes) from ax.spans where tenant=1 and trace_id=unhex('{ids[i]}')")
t("trace by id (rows)",lambda i:f"select name,kind,start_time,duration_ns,service_name,all_attributes,all_attribute_types,status_code from ax.spans where tenant=1 and trace_id=unhex('{ids[i]}') order by start_time")
t("service+time(45s)+duration, newest 20",lambda i:f"select span_id,start_time from ax.spans where tenant=1 and service_name='rag' and start_time>='2026-11-21 08:00:{i:02d}' and start_time<'2026-11-21 08:00:{i+20:02d}' and duration_ns>500000000 order by start_time desc limit 20")
t("service+duration over all, newest 20",lambda i:f"select span_id,start_time from ax.spans where tenant=1 and service_name='rag' and duration_ns>{500000000+i} order by start_time desc limit 20")
t("attribute equality, rare, over all, count",lambda i:f"select count() from ax.spans where tenant=1 and attributes['server.address']='10.0.0.{i}:9999'")
t("user.id equality (promoted), over all, count",lambda i:f"select count() from ax.spans where tenant=1 and bitTest(promoted,10) and user_id='user-{i*77}'")
t("attribute equality, common, newest 20",lambda i:f"select span_id from ax.spans where tenant=1 and attributes['http.route']='/v1/route/{i%20}' order by start_time desc limit 20")
t("attribute equality, common, count over all",lambda i:f"select count() from ax.spans where tenant=1 and attributes['http.route']='/v1/route/{i%20}'")
t("overview (span_minutes)",lambda i:"select minute, service_name, sum(spans), sumIf(spans,status_code=2), sum(input_tokens), quantilesTDigestMerge(0.5,0.95,0.99)(duration_quantiles) from ax.span_minutes where tenant=1 group by 1,2")
t("newest 20 traces (traces table)",lambda i:"select hex(trace_id), min(start_ns) st, max(root_name) from ax.traces where tenant=1 group by tenant, trace_id order by st desc limit 20")
