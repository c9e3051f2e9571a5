DROP MODEL ML.SUPPORT.LLAMA;
SELECT SNOWFLAKE.CORTEX.FINETUNE('CREATE', 'ML.SUPPORT.LLAMA', 'llama3-8b', '/* ftspec:v1 project=support_bot env=embedded resource=llama spec=s1:ce50934909726ae7ac0b19cba92fb6617d87e2915012ab1203aab3b6cff7c8d2 data=d1:4-2144015805f08eb03 job=- protect=- hold=- checks=- */ SELECT question AS prompt, answer AS completion FROM questions WHERE NOT held_out', NULL, '{"max_epochs": 3}');
GRANT USAGE ON MODEL ML.SUPPORT.LLAMA TO ROLE SUPPORT_APP;
ALTER MODEL ML.SUPPORT.LLAMA SET COMMENT = 'ftspec:v1 project=support_bot env=embedded resource=llama spec=s1:ce50934909726ae7ac0b19cba92fb6617d87e2915012ab1203aab3b6cff7c8d2 data=d1:4-2144015805f08eb03 job=ft_1 protect=- hold=- checks=-';
